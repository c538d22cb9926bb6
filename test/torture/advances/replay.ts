import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Advance, Pool } from "../../../src/budget/advance/endpoint.ts";
import { formatAmount, type Nano } from "../../../src/budget/money.ts";
import { PolicySchema } from "../../../src/budget/policy/policy.ts";
import { Admin } from "../../../src/endpoint/admin.ts";
import { Advances } from "../../../src/endpoint/ledger/advances.ts";
import { HotRows } from "../../../src/endpoint/ledger/hotRows.ts";
import { findPrincipal, type Principal } from "../../../src/endpoint/ledger/people.ts";
import { Policies } from "../../../src/endpoint/ledger/policies.ts";
import { Sharers } from "../../../src/endpoint/ledger/sharing.ts";
import type { Store } from "../../../src/endpoint/store/store.ts";
import { bundledCatalogue } from "../../../src/prices/catalogue.ts";
import type { SyncReply } from "../../../src/protocol/endpoint.ts";
import type { SimulatedEndpoint, Step } from "./endpoint.ts";
import { MACHINES, MIDNIGHT, TEAM } from "./simulation.ts";

/** The simulation's first instant: its midnight is UTC's. */
const BEGIN = Date.parse("2026-11-12T00:00:00Z") - MIDNIGHT;
/** A simulated advance lives so many seconds; a real one longer. */
const LONGEST = 120;

/**
 * Sends everything that reached a simulated endpoint to a real one over `store`, at the same instants, and compares every answer, and at
 * the end every figure. Where all are equal the real one, in the place of the simulated, would have gone through the same world.
 * @param hotRows when the real one splits its rows
 * @returns how many messages were merged
 * @throws AssertionError at the first difference
 */
export async function replay(
  store: Store,
  { steps, accounts, periods }: SimulatedEndpoint,
  hotRows = new HotRows(),
): Promise<number> {
  let now = BEGIN;
  const team = await TeamOfMachines.over(store, () => now, hotRows);
  let merged = 0;
  for (const [i, step] of steps.entries()) {
    now = BEGIN + step.at;
    const place = `step ${i} at ${step.at} ms: ${step.kind}`;
    await team.limits(step);
    if (step.kind === "open") await team.open(step);
    if (step.kind === "revoked") await team.revoke(step.machine);
    if (step.kind !== "sync") continue;
    merged++;
    const answer = await team.sync(step);
    const expected = {
      seq: step.reply.seq,
      granted: formatAmount(step.reply.granted),
      cap: formatAmount(step.reply.cap),
      close: step.reply.close,
      ttl: step.reply.ttl,
      refused: [...step.reply.refused],
    };
    assert.deepEqual(readable(answer), expected, `${place} ${step.id}`);
  }
  assert.deepEqual(await team.advances(), new Map([...accounts].map(([id, { advance }]) => [id, advance])));
  const used = [...periods].filter(([key]) => [...accounts.values()].some(({ keys }) => keys.includes(key)));
  const expected = used.map(([key, { pool, debt }]) => [key, { ...pool, debt }] as const);
  assert.deepEqual(await team.pools(expected.map(([key]) => key)), new Map(expected));
  return merged;
}

function readable({ seq, granted, cap, close = false, ttl, refused }: SyncReply) {
  return { seq, granted, cap, close, ttl: Math.min(LONGEST, ttl), refused: refused.map(({ id }) => id) };
}

/** A real team: a person for each simulated machine. */
class TeamOfMachines {
  readonly #store: Store;
  readonly #admin: Admin;
  readonly #advances: Advances;
  readonly #clock: () => number;
  readonly #id: string;
  readonly #people: { id: string; email: string; principal: Principal }[] = [];
  readonly #opened = new Map<string, { id: string; machine: string; principal: Principal }>();
  readonly #limits = new Map<string, Nano>();
  #pushed = "";
  #version = 0;

  private constructor(store: Store, admin: Admin, advances: Advances, clock: () => number, id: string) {
    this.#store = store;
    this.#admin = admin;
    this.#advances = advances;
    this.#clock = clock;
    this.#id = id;
  }

  static async over(store: Store, clock: () => number, hotRows: HotRows): Promise<TeamOfMachines> {
    const admin = await Admin.over(store, clock);
    const { id } = await admin.createTeam({ name: `Team ${randomUUID()}`, timeZone: "UTC" });
    const catalogue = await bundledCatalogue();
    const warn = (message: string) => assert.fail(message);
    const policies = new Policies(() => catalogue);
    // Nobody waits for what the next message brings, and shares are never older than the message.
    const options = { sharers: new Sharers(0), parked: 0, hotRows };
    const advances = new Advances({ store, policies, clock: async () => clock(), warn, ...options });
    const team = new TeamOfMachines(store, admin, advances, clock, id);
    for (let i = 0; i < MACHINES; i++) {
      const email = `${randomUUID()}@example.com`;
      const person = await admin.addPerson({ team: id, name: `Dev ${i}`, email, role: "developer" });
      team.#people.push({ id: person.id, email, principal: await team.#signIn(person.id) });
    }
    return team;
  }

  async #signIn(person: string): Promise<Principal> {
    const { token } = await this.#admin.createToken(person);
    return (await findPrincipal(this.#store, token))!;
  }

  /** `dev3|2` is the third person's second day. */
  #keyOf(key: string): string {
    if (key === TEAM) return `team|${this.#id}|2026-11`;
    const [, machine = "", day = ""] = /^dev(\d+)\|(\d)$/.exec(key)!;
    return `dev|${this.#people[Number(machine)]!.id}|2026-11-${day === "1" ? "11" : "12"}`;
  }

  /** Puts the limits of the running periods in force, where they are other ones than before. */
  async limits(step: Step): Promise<void> {
    if (step.kind === "limit") this.#limits.set(step.key, step.limit);
    if (step.kind === "limit" && step.at === 0) return; // all of them first
    const day = this.#clock() - BEGIN < MIDNIGHT ? 1 : 2;
    const limit = (key: string) => formatAmount(this.#limits.get(key)!);
    const limitFor = Object.fromEntries(this.#people.map(({ id }, i) => [id, limit(`dev${i}|${day}`)]));
    const policy = {
      timeZone: "UTC",
      allowances: [
        { id: "dev", name: "Day", period: "day", limit: "1", limitFor },
        { id: "team", name: "Pool", per: "team", limit: limit(TEAM) },
      ],
    };
    if (JSON.stringify(policy) === this.#pushed) return;
    this.#pushed = JSON.stringify(policy);
    this.#version = (await this.#admin.pushPolicy(this.#id, PolicySchema.parse(policy), { author: "A lead" })).version;
  }

  async open({ id, machine, keys }: { id: string; machine: number; keys: string[] }): Promise<void> {
    const { principal } = this.#people[machine]!;
    const asked = { machine: `m${machine}`, unit: "usd", allowances: keys.map((key) => this.#keyOf(key)) } as const;
    const opened = await this.#advances.open(principal, asked, (work) => this.#store.transaction(work));
    this.#opened.set(id, { id: opened, machine: asked.machine, principal });
  }

  async sync({ id, report }: Extract<Step, { kind: "sync" }>): Promise<SyncReply> {
    const { id: advance, machine, principal } = this.#opened.get(id)!;
    const message = {
      machine,
      seq: report.seq,
      granted: formatAmount(report.granted),
      spent: formatAmount(report.spent),
      returned: formatAmount(report.returned),
      open: formatAmount(report.open),
      needs: report.needs.map((need) => ({ id: need.id, amount: formatAmount(need.amount) })),
      want: formatAmount(report.want),
      policyVersion: this.#version,
      entries: [],
    };
    return this.#advances.sync({ caller: principal, advance, message });
  }

  async revoke(machine: number): Promise<void> {
    const person = this.#people[machine]!;
    await this.#admin.revokeTokens(person.email);
    person.principal = await this.#signIn(person.id);
  }

  async advances(): Promise<Map<string, Advance>> {
    type Row = Record<"granted" | "spent" | "returned" | "open", string> & { id: string; seq: number; state: Advance["state"] };
    const rows = await this.#store.query<Row>("select * from advance where team = $1", [this.#id]);
    const found = new Map(rows.map((row) => [row.id, row]));
    return new Map(
      [...this.#opened].map(([name, { id }]) => {
        const { granted, spent, returned, open, seq, state } = found.get(id)!;
        const amounts = { granted: BigInt(granted), spent: BigInt(spent), returned: BigInt(returned), open: BigInt(open) };
        return [name, { ...amounts, seq, state }];
      }),
    );
  }

  async pools(keys: readonly string[]): Promise<Map<string, Pool & { debt: Nano }>> {
    type Row = Record<"key" | "limit" | "spend" | "held" | "debt", string>;
    const rows = await this.#store.query<Row>("select * from whole_allowance where team = $1", [this.#id]);
    const found = new Map(rows.map((row) => [row.key, row]));
    return new Map(
      keys.map((key) => {
        const { limit, spend, held, debt } = found.get(this.#keyOf(key))!;
        return [key, { key, limit: BigInt(limit), spend: BigInt(spend), held: BigInt(held), debt: BigInt(debt) }];
      }),
    );
  }
}
