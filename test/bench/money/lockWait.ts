import { setTimeout as delay } from "node:timers/promises";
import { type Row, row } from "../../../scripts/bench/row.ts";
import { Advances } from "../../../src/endpoint/ledger/advances.ts";
import { HotRows } from "../../../src/endpoint/ledger/hotRows.ts";
import { Policies } from "../../../src/endpoint/ledger/policies.ts";
import { openPostgres } from "../../../src/endpoint/store/postgres.ts";
import type { Sql, Store } from "../../../src/endpoint/store/store.ts";
import { bundledCatalogue } from "../../../src/prices/catalogue.ts";
import { tapped } from "../../endpoint/support/tapped.ts";
import { type BenchMachine, message } from "./team.ts";

/** What 10,000 editors, all at work at once, ask for: messages per second, by the simulation that the advances' sizes come from. */
const RATE = 245;
const ENDPOINTS = 4;
/** For so long (s); it takes a while until endpoints have seen that they wait. */
const SECONDS = 25;
const WARM = 13;
const ENTRIES = 6;

/**
 * How long the transactions of several endpoints wait for a team's rows: split into sub-rows where they wait for long, beside rows that are
 * never split. Each over a copy of one database.
 */
export async function lockWait(copy: () => Promise<string>, machines: readonly BenchMachine[]): Promise<Row[]> {
  const whole = await waited(await copy(), machines, () => new HotRows(Number.POSITIVE_INFINITY));
  const ours = await waited(await copy(), machines, () => new HotRows());
  const name = `waiting for a team's rows, ${RATE} messages a second over ${ENDPOINTS} endpoints (10,000 editors at work), p99`;
  const goal = { of: "ours", op: "<=", value: 20 } as const;
  return [row({ name, unit: "ms", ours, peers: { "never split": whole }, better: "less", goal })];
}

/** At the 99th percentile, in ms. */
async function waited(url: string, machines: readonly BenchMachine[], hotRows: () => HotRows): Promise<number> {
  const catalogue = await bundledCatalogue();
  const stores = await Promise.all(Array.from({ length: ENDPOINTS }, () => openPostgres(url)));
  const waits: number[] = [];
  const endpoints = stores.map(
    (store) =>
      new Advances({
        ...{ store: timed(store, waits), policies: new Policies(() => catalogue), hotRows: hotRows() },
        warn: () => {},
      }),
  );
  const start = performance.now();
  const sent: Promise<unknown>[] = [];
  for (let i = 0; i < RATE * SECONDS; i++) {
    const due = start + (1000 * i) / RATE;
    if (due > performance.now()) await delay(due - performance.now());
    if (i === RATE * WARM) waits.length = 0;
    const machine = machines[i % machines.length]!;
    const call = { ...machine, message: message(machine, 1 + Math.floor(i / machines.length), ENTRIES) };
    sent.push(endpoints[i % ENDPOINTS]!.sync(call));
  }
  await Promise.all(sent);
  for (const store of stores) await store.close();
  const sorted = waits.toSorted((a, b) => a - b);
  return sorted[Math.floor(0.99 * sorted.length)]!;
}

/** Takes down how long locking allowances takes. */
function timed(store: Store, waits: number[]): Store {
  const around = (sql: Sql): Sql => ({
    async query(text, parameters) {
      const begun = performance.now();
      const rows = await sql.query(text, parameters);
      if (text.includes("from allowance") && text.includes("for update")) waits.push(performance.now() - begun);
      return rows as never;
    },
  });
  return tapped(store, around);
}
