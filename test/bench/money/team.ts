import { randomUUID } from "node:crypto";
import { formatAmount, ONE } from "../../../src/budget/money.ts";
import { PolicySchema } from "../../../src/budget/policy/policy.ts";
import { Admin } from "../../../src/endpoint/admin.ts";
import { Advances } from "../../../src/endpoint/ledger/advances.ts";
import { findPrincipal } from "../../../src/endpoint/ledger/people.ts";
import { Policies } from "../../../src/endpoint/ledger/policies.ts";
import { openPostgres } from "../../../src/endpoint/store/postgres.ts";
import type { Store } from "../../../src/endpoint/store/store.ts";
import { bundledCatalogue } from "../../../src/prices/catalogue.ts";
import type { Entry, Sync } from "../../../src/protocol/endpoint.ts";
import { syncOf } from "../../endpoint/support/team.ts";

/** A machine of the team, with an advance that has money in it. */
export interface BenchMachine {
  token: string;
  caller: { tokenId: string; teamId: string };
  advance: string;
  keys: string[];
}

const POLICY = {
  allowances: [
    { id: "month", name: "Month", limit: "1000000" },
    { id: "pool", name: "Pool", per: "team", limit: "100000000" },
  ],
  prices: [{ model: "test/one", input: "1", output: "10" }],
};
const GRANTED = 1000n * ONE;

/** Messages of each machine that a new team has behind it. */
const BEFORE = 5;

/** Fills an empty database with a team of `count` people, one machine each, that has worked for a while. */
export async function makeTeam(url: string, count: number): Promise<BenchMachine[]> {
  return withStore(url, async (store) => {
    const admin = await Admin.over(store);
    const { id } = await admin.createTeam({ name: "Ferries" });
    await admin.pushPolicy(id, PolicySchema.parse(POLICY), { author: "A lead" });
    const advances = await advancesOver(store);
    const machines = await Promise.all(Array.from({ length: count }, (_, i) => makeMachine(store, admin, advances, id, i)));
    for (let n = 1; n <= BEFORE; n++)
      await Promise.all(machines.map((machine) => advances.sync({ ...machine, message: message(machine, n - BEFORE, 3) })));
    await store.query("vacuum analyze");
    return machines;
  });
}

async function makeMachine(store: Store, admin: Admin, advances: Advances, team: string, i: number): Promise<BenchMachine> {
  const person = await admin.addPerson({ team, name: `Dev ${i}`, email: `dev${i}@example.com`, role: "developer" });
  const { token } = await admin.createToken(person.id);
  const principal = (await findPrincipal(store, token))!;
  const { allowances } = await advances.allowances(team, [person]);
  const keys = allowances[0]!.map(({ key }) => key);
  const advance = await advances.open(principal, { machine: "m", unit: "usd", allowances: keys }, (open) =>
    store.transaction(open),
  );
  const caller = { tokenId: principal.tokenId, teamId: team };
  const needs = [{ id: "n", amount: formatAmount(GRANTED) }];
  await advances.sync({ caller, advance, message: syncOf({ machine: "m", needs }) });
  return { token, caller, advance, keys };
}

export async function advancesOver(store: Store): Promise<Advances> {
  const catalogue = await bundledCatalogue();
  return new Advances({ store, policies: new Policies(() => catalogue), warn: () => {} });
}

/** The `n`th message of a machine that settles `entries` requests of 2.5 cents between two messages, as its daemon would write it. */
export function message({ keys }: BenchMachine, n: number, entries: number): Sync {
  const settled = Array.from({ length: entries }, (): Entry => {
    const usage = { input: 20_000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 500, audioIn: 0, audioOut: 0 };
    return {
      id: randomUUID(),
      at: new Date().toISOString(),
      origin: "chat",
      provider: "test",
      model: "one",
      usage,
      usageSource: "provider",
      providerRequestId: randomUUID(),
      priceRef: "policy",
      cost: "0.025",
      tokens: "20500",
      held: { usd: "0.06", tokens: "40000" },
      policyVersion: 1,
      allowances: keys,
    };
  });
  const spent = formatAmount((ONE / 40n) * BigInt((n + BEFORE) * entries));
  const granted = formatAmount(GRANTED);
  return syncOf({ machine: "m", seq: n + BEFORE + 1, granted, spent, want: "2", entries: settled });
}

export async function withStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openPostgres(url);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
