import type { CalendarDay } from "../../../budget/period/calendarDay.ts";
import type { Report, ReportDimension } from "../../../protocol/report.ts";
import type { Sql } from "../../store/store.ts";
import { sharedReport } from "./aggregate.ts";
import type { Asked } from "./asked.ts";
import { Days } from "./days.ts";
import { Pseudonyms } from "./pseudonyms.ts";
import { rowsOf } from "./rowsOf.ts";
import { addUp, type Part, readSums, toWire } from "./sums.ts";

/**
 * What was spent, told apart by dimensions, as far as the policy's visibility lets leads see it; one's own requests are always told.
 * @throws Refused where the policy shows only sums over several people, and they were to be told apart by more than that allows
 */
export async function reportOf(sql: Sql, asked: Asked): Promise<Report> {
  const { team, policy, from, to, groupBy, person } = asked;
  const { visibility } = policy;
  const whose = person === undefined ? "team" : "me";
  if (whose === "team" && visibility === "aggregate") return sharedReport(sql, asked);
  const days = new Days(from, to, policy.timeZone);
  const parts = await readSums(sql, { team: team.id, days, person }, dimensionsToRead(asked), "instant");
  const named = await withNames(sql, asked, parts);
  return {
    ...{ from, to, timeZone: policy.timeZone, whose, visibility, groupBy: [...groupBy] },
    rows: rowsOf(named, groupBy, false),
    total: toWire(addUp(parts.map(({ sum }) => sum)), false),
  };
}

/** Pseudonyms change with the month, so the days are needed to find them. */
function dimensionsToRead({ policy, groupBy, person }: Asked): ReportDimension[] {
  const isByPseudonym = person === undefined && policy.visibility === "pseudonym" && groupBy.includes("developer");
  return isByPseudonym ? [...groupBy, "day"] : [...groupBy];
}

/** People by their names instead of their ids. */
async function withNames(sql: Sql, { team, policy, groupBy, person }: Asked, parts: readonly Part[]): Promise<Part[]> {
  if (!groupBy.includes("developer")) return [...parts];
  const rename = (nameOf: (id: string, day: CalendarDay) => string) =>
    parts.map(({ values, sum }) => ({ values: { ...values, developer: nameOf(values.developer, values.day) }, sum }));
  if (person === undefined && policy.visibility === "pseudonym") {
    const pseudonyms = await Pseudonyms.of(sql, team.id);
    return rename((id, day) => pseudonyms.name(id, day));
  }
  const rows = await sql.query<{ id: string; name: string }>("select id, name from person where team = $1", [team.id]);
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const isUnique = (name: string) => rows.filter((row) => row.name === name).length === 1;
  return rename((id) => {
    const name = names.get(id) ?? id;
    return isUnique(name) ? name : `${name} (${id})`;
  });
}
