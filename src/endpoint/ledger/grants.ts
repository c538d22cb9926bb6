import {
  approvesItself,
  breakGlassLeft,
  decided,
  type GrantDecision,
  grantEnd,
  grantStateAt,
  type StoredState,
} from "../../budget/allowance/grant.ts";
import { formatAmount, type Nano, parseAmount, showAmount, type Unit } from "../../budget/money.ts";
import type { AskForMore, Grant } from "../../protocol/endpoint.ts";
import type { Sql, Store } from "../store/store.ts";
import { type Slot, slotsOf } from "./allowances.ts";
import { appendAudit } from "./audit.ts";
import { type Clock, databaseClock } from "./clock.ts";
import { appendEvent } from "./events.ts";
import { newId, type Principal } from "./people.ts";
import { findTeam, type Policies } from "./policies.ts";
import { Refused } from "./refused.ts";

/** So many requests of one person may wait for a decision. */
const MOST_WAITING = 10;
/** So many are listed: those that wait first, then the newest. */
const MOST_LISTED = 100;

/**
 * Requests for more, and what was decided on them. An approved one counts in its allowance's limit from the moment that its transaction
 * commits until it ends: whoever reads an allowance's row reads its grants with it (`book.ts`). All changes are made under the team's lock.
 */
export class Grants {
  readonly #policies: Policies;
  readonly #clock: Clock;

  constructor(policies: Policies, clock: Clock = databaseClock) {
    this.#policies = policies;
    this.#clock = clock;
  }

  /**
   * Asks for more, in the caller's transaction; approved at once where the policy says so, or where the person may take it themselves.
   * @throws Refused where there is no such allowance now, it is not the person's own, or they may not take so much
   */
  async ask(sql: Sql, { teamId, person }: Principal, asked: AskForMore): Promise<Grant> {
    const team = await findTeam(sql, teamId, "update");
    const { policy } = await this.#policies.current(sql, team);
    const now = await this.#clock(sql);
    const slot = ownSlot(slotsOf(policy, teamId, person, now), asked.allowance);
    const until = grantEnd(asked.until === undefined ? undefined : Date.parse(asked.until), Date.parse(slot.period.resetsAt));
    if (until <= now) throw new Refused("invalidGrant", "That is over already.", [{ pointer: "/until", detail: "in the past" }]);
    const { unit } = slot.rule;
    const amount = parseAmount(asked.amount);
    const { breakGlass = false } = asked;
    if (breakGlass) checkBreakGlass(breakGlassLeft(policy, unit, await undecided(sql, slot.key, true)), amount);
    else await checkWaiting(sql, person.id, now);
    const automatic = breakGlass || approvesItself(policy, { unit, amount }, await undecided(sql, slot.key, false));
    const id = newId("g");
    const at = new Date(now);
    await sql.query(
      `insert into allowance_grant (id, team, person, key, rule, name, unit, amount, reason, until, state, created_at, decided_at,
         break_glass)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [
        ...[id, teamId, person.id, slot.key, slot.rule.id, slot.rule.name, unit, amount.toString(), asked.reason],
        ...[new Date(until), automatic ? "approved" : "requested", at, automatic ? at : null, breakGlass],
      ],
    );
    const grant = (await find(sql, teamId, id, now))!;
    await this.#tell(sql, teamId, grant, person.id, breakGlass ? "grant.breakGlass" : "grant.ask", at);
    if (automatic && !breakGlass) await appendAudit(sql, teamId, auditOf(grant, null, "grant.approve"), at);
    return grant;
  }

  /** A developer's own, for a lead the team's. */
  async list(store: Store, { teamId, person }: Principal): Promise<Grant[]> {
    const now = await this.#clock(store);
    const rows = await store.query<GrantRow>(
      `${GRANTS} where allowance_grant.team = $1 and ($2::text is null or person = $2)
       order by (state = 'requested' and until > $3) desc, created_at desc, id limit ${MOST_LISTED}`,
      [teamId, person.role === "lead" ? null : person.id, new Date(now)],
    );
    return rows.map((row) => grantOf(row, now));
  }

  /**
   * Approves, denies or cancels, in the caller's transaction. The same decision again changes nothing.
   * @throws Refused where the person knows no such request, may not decide it, or something else was decided
   */
  async decide(sql: Sql, { teamId, person }: Principal, id: string, decision: GrantDecision): Promise<Grant> {
    await findTeam(sql, teamId, "update");
    const now = await this.#clock(sql);
    const grant = await find(sql, teamId, id, now);
    if (!grant || (person.role !== "lead" && grant.person.id !== person.id))
      throw new Refused("unknownGrant", "There is no such request.");
    const may = decision === "cancel" ? grant.person.id === person.id : person.role === "lead";
    if (!may)
      throw new Refused("notYours", decision === "cancel" ? "Only who asked may take it back." : "Only a lead may decide this.");
    const state = decided(grant.state, decision);
    if (!state) throw new Refused("decidedGrant", `This request is ${grant.state} already.`);
    if (state === grant.state) return grant;
    const at = new Date(now);
    await sql.query("update allowance_grant set state = $2, decided_at = $3, decided_by = $4 where id = $1", [
      ...[id, state, at],
      person.id,
    ]);
    const after = (await find(sql, teamId, id, now))!;
    await this.#tell(sql, teamId, after, person.id, `grant.${decision}`, at);
    return after;
  }

  async #tell(sql: Sql, team: string, grant: Grant, actor: string, action: GrantAction, at: Date): Promise<void> {
    await appendAudit(sql, team, auditOf(grant, actor, action), at);
    await appendEvent(sql, team, "grant", grant, at);
  }
}

type GrantAction = `grant.${GrantDecision | "ask" | "breakGlass"}`;

function auditOf({ id, person, allowance, amount, reason, until }: Grant, actor: string | null, action: GrantAction) {
  return { actor, action, subject: id, details: { person: person.id, allowance: allowance.key, amount, reason, until } };
}

function ownSlot(slots: readonly Slot[], key: string): Slot {
  const slot = slots.find((one) => one.key === key);
  const refused = (reason: "staleAllowances" | "invalidGrant", detail: string) =>
    new Refused(reason, detail, [{ pointer: "/allowance", detail }]);
  if (!slot) throw refused("staleAllowances", `${key} is none of your current allowances. Read GET /v1/me again.`);
  if (slot.rule.per === "team")
    throw refused("invalidGrant", `${slot.rule.name} is the whole team's: a lead changes it in the policy.`);
  return slot;
}

async function checkWaiting(sql: Sql, person: string, now: number): Promise<void> {
  const [row] = await sql.query<{ waiting: number }>(
    "select count(*)::int as waiting from allowance_grant where person = $1 and state = 'requested' and until > $2",
    [person, new Date(now)],
  );
  if (row!.waiting >= MOST_WAITING)
    throw new Refused("tooManyGrants", `${MOST_WAITING} of your requests wait for a decision. Take one back first.`);
}

function checkBreakGlass(left: Nano, amount: Nano): void {
  if (amount <= left) return;
  const detail =
    left > 0n
      ? `You may take ${showAmount(left, "usd")} more by yourself in this period.`
      : "You may take nothing more by yourself.";
  throw new Refused("invalidGrant", `${detail} Ask a lead for it.`, [{ pointer: "/amount", detail }]);
}

/** What nobody decided on, of an allowance in its period: what the policy has approved, or what the person took themselves. */
async function undecided(sql: Sql, key: string, breakGlass: boolean): Promise<Nano> {
  const [row] = await sql.query<{ sum: string }>(
    `select coalesce(sum(amount), 0) as sum from allowance_grant
     where key = $1 and state = 'approved' and decided_by is null and break_glass = $2`,
    [key, breakGlass],
  );
  return BigInt(row!.sum);
}

interface GrantRow {
  id: string;
  person: string;
  person_name: string;
  key: string;
  name: string;
  unit: Unit;
  amount: string;
  reason: string;
  until: Date;
  state: StoredState;
  created_at: Date;
  decided_at: Date | null;
  decided_by_name: string | null;
  break_glass: boolean;
}

const GRANTS = `select allowance_grant.*, asker.name as person_name, decider.name as decided_by_name
  from allowance_grant join person as asker on asker.id = person left join person as decider on decider.id = decided_by`;

async function find(sql: Sql, team: string, id: string, now: number): Promise<Grant | undefined> {
  const [row] = await sql.query<GrantRow>(`${GRANTS} where allowance_grant.team = $1 and allowance_grant.id = $2`, [team, id]);
  return row && grantOf(row, now);
}

function grantOf(row: GrantRow, now: number): Grant {
  return {
    id: row.id,
    person: { id: row.person, name: row.person_name },
    allowance: { key: row.key, name: row.name, unit: row.unit },
    amount: formatAmount(BigInt(row.amount)),
    reason: row.reason,
    until: row.until.toISOString(),
    state: grantStateAt(row.state, row.until.getTime(), now),
    ...(row.break_glass && { breakGlass: true }),
    createdAt: row.created_at.toISOString(),
    ...(row.decided_at && { decidedAt: row.decided_at.toISOString() }),
    ...(row.decided_by_name !== null && { decidedBy: row.decided_by_name }),
  };
}
