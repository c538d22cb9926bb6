import { isInDoubt, writtenOff } from "../../budget/advance/endpoint.ts";
import { formatAmount, type Unit } from "../../budget/money.ts";
import type { Policy } from "../../budget/policy/policy.ts";
import type { Doubt } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { appendAudit } from "./audit.ts";
import { Book } from "./book.ts";
import { type Clock, databaseClock } from "./clock.ts";
import type { Principal } from "./people.ts";
import { findTeam, type Policies } from "./policies.ts";
import { Refused } from "./refused.ts";

/**
 * Money in doubt: a machine holds it and has been silent for longer than it may spend without a word. It stays held until the machine
 * reports, its periods end, or a lead writes it off.
 */
export class Doubts {
  readonly #policies: Policies;
  readonly #clock: Clock;

  constructor(policies: Policies, clock: Clock = databaseClock) {
    this.#policies = policies;
    this.#clock = clock;
  }

  /** A team's, the longest silent first. */
  async list(sql: Sql, teamId: string): Promise<Doubt[]> {
    const { policy } = await this.#policies.current(sql, await findTeam(sql, teamId));
    return find(sql, teamId, policy, await this.#clock(sql));
  }

  /**
   * Sets the money of one free, in the caller's transaction, and answers what it was.
   * @throws Refused where there is no such advance, or its machine was heard of
   */
  async writeOff(sql: Sql, { teamId, person }: Principal, id: string): Promise<Doubt> {
    const team = await findTeam(sql, teamId, "update");
    const { policy } = await this.#policies.current(sql, team);
    const book = new Book(teamId);
    await book.lockAdvances(sql, [id]);
    const row = book.advance(id);
    if (!row) throw new Refused("unknownAdvance", "Your team has no such advance.");
    await book.lockRows(sql, row.keys);
    const now = await this.#clock(sql);
    const [doubt] = await find(sql, teamId, policy, now, id);
    if (!doubt)
      throw new Refused(
        "noDoubt",
        "Nothing of it is in doubt: its machine was heard of, its periods are over, or it was written off.",
      );
    const after = writtenOff(row.advance, book.poolsOf(row, now));
    book.setAdvance(id, { advance: after.advance, deadline: row.deadline });
    book.setPools(after.pools);
    await book.write(sql, Date.parse(doubt.lastHeard)); // nobody has heard of it now
    const details = { amount: doubt.held, unit: doubt.unit, lastHeard: doubt.lastHeard };
    await appendAudit(sql, teamId, { actor: person.id, action: "advance.writeOff", subject: id, details }, new Date(now));
    return doubt;
  }
}

interface DoubtRow {
  id: string;
  person: string;
  name: string;
  machine: string;
  unit: Unit;
  held: string;
  open: string;
  rules: string[];
  last_seen: Date;
  ends_at: Date;
  granted: string;
  spent: string;
  returned: string;
  deadline: Date;
}

/** @param id of one advance alone */
async function find(sql: Sql, team: string, { allowances, visibility }: Policy, now: number, id?: string): Promise<Doubt[]> {
  const rows = await sql.query<DoubtRow>(
    `select advance.id, advance.person, person.name, machine, advance.unit, granted - spent - returned as held, open,
       granted, spent, returned, last_seen, deadline, max(period_end) as ends_at, array_agg(rule order by rule) as rules
     from advance join person on person.id = advance.person
       join advance_allowance on advance = advance.id join allowance using (key)
     where advance.team = $1 and state <> 'closed' and granted > spent + returned and deadline < $2 and ($3::text is null or advance.id = $3)
     group by advance.id, person.name having max(period_end) > $2 order by last_seen, advance.id`,
    [team, new Date(now), id ?? null],
  );
  const names = new Map(allowances.map((rule) => [rule.id, rule.name]));
  return rows.flatMap((row): Doubt[] => {
    const figures = {
      granted: BigInt(row.granted),
      spent: BigInt(row.spent),
      returned: BigInt(row.returned),
      open: BigInt(row.open),
    };
    if (!isInDoubt({ ...figures, seq: 0, state: "open" }, row.deadline.getTime(), now)) return [];
    return [
      {
        id: row.id,
        ...(visibility === "person" && { person: { id: row.person, name: row.name } }),
        machine: row.machine,
        unit: row.unit,
        held: formatAmount(BigInt(row.held)),
        open: formatAmount(figures.open),
        allowances: row.rules.map((rule) => names.get(rule) ?? rule),
        lastHeard: row.last_seen.toISOString(),
        endsAt: row.ends_at.toISOString(),
      },
    ];
  });
}
