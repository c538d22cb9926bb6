import type { Allowance } from "../../../budget/allowance/allowance.ts";
import { PATTERN_DAYS, patternOf, type SpendPattern } from "../../../budget/forecast/spendPattern.ts";
import { formatAmount } from "../../../budget/money.ts";
import { type CalendarDay, DayFinder, daysLater } from "../../../budget/period/calendarDay.ts";
import type { Policy } from "../../../budget/policy/policy.ts";
import { type SpendRow, spendByDay } from "../../../budget/spending/spending.ts";
import { matchesModel } from "../../../prices/pattern.ts";
import type { Person } from "../../../protocol/endpoint.ts";
import type { TeamGlance } from "../../../protocol/report.ts";
import type { Sql } from "../../store/store.ts";
import type { AllowancesNow } from "../advances.ts";
import { type Principal, personOf } from "../people.ts";
import { Days } from "./days.ts";
import { Pseudonyms } from "./pseudonyms.ts";
import { readSums } from "./sums.ts";

/** Everybody in a team, by name. */
export async function peopleOf(sql: Sql, team: string): Promise<Person[]> {
  const rows = await sql.query<{ id: string; name: string; email: string | null; role: Person["role"] }>(
    "select id, name, email, role from person where team = $1 order by name, id",
    [team],
  );
  return rows.map(personOf);
}

/** How everybody stands, as far as the policy lets leads see it; for a developer, what leads see of them. `now`: of all `people`. */
export async function glanceOf(
  sql: Sql,
  { teamId, person }: Principal,
  people: readonly Person[],
  { policy: { policy }, now, allowances }: AllowancesNow,
): Promise<TeamGlance> {
  const { visibility, timeZone } = policy;
  const today = new DayFinder(timeZone).dayOf(now);
  const isShown = ({ id }: Person) => visibility !== "aggregate" && (person.role === "lead" || id === person.id);
  const pseudonyms = visibility === "pseudonym" ? await Pseudonyms.of(sql, teamId) : undefined;
  const patterns = await patternsOf(sql, teamId, policy, people.filter(isShown), today);
  const shown = people.flatMap((one, index) => {
    if (!isShown(one)) return [];
    const own = allowances[index]!.filter(({ per }) => per === "developer");
    const name = pseudonyms?.name(one.id, today) ?? one.name;
    return [{ name, allowances: pseudonyms ? own.map(withoutKey) : own, patterns: patterns.get(one.id) ?? {} }];
  });
  return {
    ...{ now: new Date(now).toISOString(), timeZone, visibility, size: people.length },
    people: shown.sort((a, b) => (a.name < b.name ? -1 : 1)),
    shared: allowances[0]?.filter(({ per }) => per === "team") ?? [],
  };
}

/** An allowance's key has the person's id in it. */
function withoutKey(allowance: Allowance): Allowance {
  return { ...allowance, key: allowance.id };
}

/** How people's days have been, by their ids and their allowances'. */
async function patternsOf(
  sql: Sql,
  team: string,
  { allowances, timeZone }: Policy,
  people: readonly Person[],
  today: CalendarDay,
): Promise<Map<string, Record<string, SpendPattern>>> {
  const rules = allowances.filter(({ per, projects }) => per === "developer" && !projects);
  if (rules.length === 0 || people.length === 0) return new Map();
  const yesterday = daysLater(today, -1);
  const days = new Days(daysLater(today, -PATTERN_DAYS), yesterday, timeZone);
  const person = people.length === 1 ? people[0]!.id : undefined;
  const parts = await readSums(sql, { team, days, person }, ["developer", "model", "day"], "instant");
  const rows = Map.groupBy(parts, ({ values }) => values.developer);
  return new Map(
    [...rows].map(([id, own]) => {
      const spend = own.map(({ values: { day, model }, sum }): SpendRow => {
        const [provider = "", ...name] = model.split("/");
        const amounts = { cost: formatAmount(sum.cost), tokens: formatAmount(sum.tokens) };
        return { day, provider, model: name.join("/"), origin: "", requests: sum.requests, uncertain: 0, ...amounts };
      });
      const first = spend.map(({ day }) => day).sort()[0]!;
      const found = rules.flatMap(({ id: rule, models, unit }) => {
        const drawn = spend.filter((row) => models?.some((pattern) => matchesModel(pattern, row)) ?? true);
        const pattern = patternOf(spendByDay(drawn, first, yesterday, unit));
        return pattern ? [[rule, pattern] as const] : [];
      });
      return [id, Object.fromEntries(found)];
    }),
  );
}
