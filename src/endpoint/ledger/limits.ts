import type { Person, PolicyVersion } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { ownSlot, type Slot } from "./allowances.ts";
import { Book } from "./book.ts";
import { carryDebts } from "./debts.ts";
import { bringRow, countSince, goneSince, type Making } from "./rows.ts";
import { gather } from "./subRows.ts";

/** In another time zone a period that is over by this long (ms) may be under way again. */
const LONGEST_SHIFT = 2 * 86_400_000;

/**
 * Puts the limits of a policy, and the ends by its calendar, into the periods that are under way, of one subject (a person, the team) or of
 * all: also into those that are under way again, or not yet, because the team's time zone is another one now. A period that is over keeps
 * the limit, and the end, that it had at last; so does one whose rule is gone.
 */
export async function setLimits(sql: Sql, team: string, version: PolicyVersion, now: number, only?: string): Promise<void> {
  const { policy } = version;
  const rows = await sql.query<{
    key: string;
    rule: string;
    subject: string;
    email: string | null;
    role: Person["role"] | null;
    period_start: Date;
    period_end: Date;
  }>(
    `select key, rule, subject, email, role, period_start, period_end from allowance left join person on person.id = subject
     where allowance.team = $1 and period_end > $2 and ($3::text is null or subject = $3)`,
    [team, new Date(now - LONGEST_SHIFT), only ?? null],
  );
  const rules = new Map(policy.allowances.map((rule) => [rule.id, rule]));
  const slots = rows.flatMap(({ key, rule: id, subject, email, role, ...period }) => {
    const [periodStart, periodEnd] = [period.period_start.getTime(), period.period_end.getTime()];
    const rule = rules.get(id);
    const slot = rule && ownSlot(rule, policy.timeZone, { id: subject, email, role }, { key, periodStart, periodEnd });
    return slot && now < Math.max(periodEnd, Date.parse(slot.period.resetsAt)) ? [slot] : [];
  });
  await sql.query(
    `update allowance set "limit" = r.lim, overdraft = r.over, period_start = r.period_start, period_end = r.period_end
     from unnest($1::text[], $2::numeric[], $3::numeric[], $4::timestamptz[], $5::timestamptz[]) as r(key, lim, over, period_start, period_end)
     where allowance.key = r.key
       and (allowance."limit", allowance.overdraft, allowance.period_start, allowance.period_end)
         <> (r.lim, r.over, r.period_start, r.period_end)`,
    [
      slots.map(({ key }) => key),
      slots.map(({ limit }) => limit.toString()),
      slots.map(({ overdraft }) => overdraft.toString()),
      slots.map(({ period }) => period.start),
      slots.map(({ period }) => period.resetsAt),
    ],
  );
  // Shares were cut from what was left under the limit of before.
  await gather(
    sql,
    slots.map(({ key }) => key),
  );
  const making = { team, policy: version, now };
  if (only === undefined) await countReturned(sql, making, slots);
  await carryBetween(sql, making, slots);
}

/** Rules that a push brings back count what was spent while they were gone. */
async function countReturned(sql: Sql, making: Making, slots: readonly Slot[]): Promise<void> {
  for (const [rule, own] of Map.groupBy(slots, (slot) => slot.rule)) {
    const since = await goneSince(sql, making, rule);
    if (!since) continue;
    const book = new Book(making.team);
    await book.lockRows(
      sql,
      own.map(({ key }) => key),
    );
    for (const slot of own) await countSince(sql, making, book, slot, since);
    await book.write(sql, making.now);
  }
}

/** Periods that are under way again, in another time zone, owe to the ones that began before that. */
async function carryBetween(sql: Sql, making: Making, slots: readonly Slot[]): Promise<void> {
  const rows = await sql.query<{ carries: string }>("select carries from allowance where carries = any($1::text[])", [
    slots.map(({ key }) => key),
  ]);
  if (rows.length === 0) return;
  const book = new Book(making.team);
  const followed = rows.map(({ carries }) => carries);
  await book.lockRows(sql, followed);
  const parts = { ...making, book, team: { id: making.team } };
  await carryDebts(sql, parts, (key, before) => bringRow(sql, making, book, key, before), followed);
  await book.write(sql, making.now);
}
