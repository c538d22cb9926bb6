import { type Block, blocksOf, firstMondayOf, mondayOf } from "../../../budget/aggregate/blocks.ts";
import { toldApart } from "../../../budget/aggregate/toldApart.ts";
import { type CalendarDay, DayFinder, daysLater } from "../../../budget/period/calendarDay.ts";
import { FEWEST } from "../../../budget/policy/visibility.ts";
import type { Report, ReportDimension, ReportRow } from "../../../protocol/report.ts";
import type { Sql } from "../../store/store.ts";
import { Refused } from "../refused.ts";
import type { Asked } from "./asked.ts";
import { Days } from "./days.ts";
import { rowsOf } from "./rowsOf.ts";
import { addUp, type Part, readSums, toWire } from "./sums.ts";

/** What can be told apart where only sums over several people are shown, one at a time. */
const DIMENSIONS = ["model", "project", "purpose", "source", "usageSource"] as const;

/**
 * A report of sums over at least `FEWEST` people: of whole weeks that are over, which depend on nothing that is asked for, and within them
 * of values that enough people share. So answers differ by nothing but such sums.
 * @throws Refused for people, and for more than one dimension
 */
export async function sharedReport(sql: Sql, asked: Asked): Promise<Report> {
  const { team, from, to, groupBy, policy, now } = asked;
  const [dimension, ...more] = groupBy;
  if (dimension === "developer" || more.length > 0) throw tooFine();
  const { timeZone } = team; // a policy may change its own, and weeks must stay the same
  const first = firstMondayOf(from);
  const last = [to, daysLater(new DayFinder(timeZone).dayOf(now), -1)].sort()[0]!;
  const parts = last < first ? [] : await readOnce(sql, team.id, new Days(first, last, timeZone));
  const blocks = blocksOf(activeIn(parts), first, daysLater(last, 1)).filter((block) => block.from >= from && block.to <= to);
  const shown = blocks.map((block) => ({ block, parts: partsIn(block, parts) }));
  const all = shown.flatMap((one) => one.parts);
  return {
    ...{ from, to, timeZone, whose: "team", visibility: policy.visibility, groupBy: [...groupBy] },
    rows: dimension === "day" ? shown.map(rowOfBlock) : dimension ? rowsBy(dimension, shown) : rowsOf(all, [], true),
    total: toWire(addUp(all.map(({ sum }) => sum)), true),
    shown: blocks,
  };
}

function tooFine(): Refused {
  return new Refused("tooFine", TOO_FINE, [{ pointer: "/groupBy", detail: TOO_FINE }]);
}

const TOO_FINE = `The team's policy shows only what at least ${FEWEST} people used together: group by one of day, ${DIMENSIONS.join(", ")}.`;

/** What is being read: a view asks for several breakdowns of the same weeks at once, and each needs all of them. */
const underWay = new Map<string, Promise<Part[]>>();

function readOnce(sql: Sql, team: string, days: Days): Promise<Part[]> {
  const name = [team, days.first, days.last].join(" ");
  const known = underWay.get(name);
  if (known) return known;
  const reading = readSums(sql, { team, days }, ["developer", "day", ...DIMENSIONS], "receipt").finally(() =>
    underWay.delete(name),
  );
  underWay.set(name, reading);
  return reading;
}

type Shown = { block: Block; parts: Part[] };

function activeIn(parts: readonly Part[]): Map<CalendarDay, Set<string>> {
  const active = new Map<CalendarDay, Set<string>>();
  for (const { values } of parts) {
    const monday = mondayOf(values.day);
    active.set(monday, (active.get(monday) ?? new Set()).add(values.developer));
  }
  return active;
}

function partsIn({ from, to }: Block, parts: readonly Part[]): Part[] {
  return parts.filter(({ values }) => from <= values.day && values.day <= to);
}

function rowOfBlock({ block, parts }: Shown): ReportRow {
  return { by: { day: block.from }, through: block.to, ...toWire(addUp(parts.map(({ sum }) => sum)), true) };
}

/** The values that each block tells apart, and one row for all else. */
function rowsBy(dimension: ReportDimension, shown: readonly Shown[]): ReportRow[] {
  const isDimension = (name: ReportDimension): name is (typeof DIMENSIONS)[number] => DIMENSIONS.some((one) => one === name);
  if (!isDimension(dimension)) throw tooFine();
  const told: Part[] = [];
  const rest: Part[] = [];
  for (const { parts } of shown) {
    const deeds = parts.map(({ values }) => ({ person: values.developer, values }));
    const values = toldApart(deeds, DIMENSIONS).get(dimension)!;
    for (const part of parts) (values.has(part.values[dimension]) ? told : rest).push(part);
  }
  const rows = rowsOf(told, [dimension], true);
  if (rest.length === 0) return rows;
  return [...rows, { by: { [dimension]: "" }, isRest: true, ...toWire(addUp(rest.map(({ sum }) => sum)), true) }];
}
