import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type Goal, median, type Row, row } from "../../../scripts/bench/row.ts";
import { mergeAll } from "../../../src/endpoint/ledger/batch.ts";
import { databaseClock } from "../../../src/endpoint/ledger/clock.ts";
import { HotRows } from "../../../src/endpoint/ledger/hotRows.ts";
import { Policies } from "../../../src/endpoint/ledger/policies.ts";
import { Pace } from "../../../src/endpoint/ledger/recalls.ts";
import { Sharers } from "../../../src/endpoint/ledger/sharing.ts";
import type { Sql } from "../../../src/endpoint/store/store.ts";
import { bundledCatalogue } from "../../../src/prices/catalogue.ts";
import { startPostgres } from "../../endpoint/support/postgres.ts";
import { startServer } from "../../endpoint/support/server.ts";
import { Connection } from "./connection.ts";
import { lockWait } from "./lockWait.ts";
import { type BenchMachine, makeTeam, message, withStore } from "./team.ts";

const MACHINES = 256;
const CONNECTIONS = 32;
const ROUNDS = 5;
/** Messages of a round: each takes some seconds. */
const MESSAGES = 6_000;
const PEERS = 2_000;
/** Requests settled between two messages of a machine, as the assumed workload has it. */
const ENTRIES = 6;
/** A calm endpoint: messages per second, with one settled request each; for how long (s), of which the first seconds warm up. */
const CALM = { rate: 1_000, seconds: 10, warm: 3 };

/** A transaction's statements and their parameters, in their order. */
type Statements = { text: string; parameters: unknown[] }[];

/**
 * Syncs per second over HTTP on PostgreSQL, which waits for the disk, beside the statements of the same syncs sent by `pg`, one
 * transaction each, both over 32 connections; and how long a sync takes.
 */
export async function throughput(): Promise<Row[]> {
  const postgres = await startPostgres({ durable: true });
  try {
    const base = await postgres.database();
    const machines = await makeTeam(base, MACHINES);
    const recorded = await record(await postgres.database(base), machines);
    const ours: Load[] = [];
    const peers: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const peer = await bare(await postgres.database(base), recorded);
      const load = await overHttp(await postgres.database(base), machines, { count: MESSAGES, entries: ENTRIES });
      if (round === 0) continue; // it warms up
      peers.push(peer);
      ours.push(load);
    }
    const calm = await overHttp(await postgres.database(base), machines, {
      count: CALM.rate * CALM.seconds,
      entries: 1,
      rate: CALM.rate,
    });
    const warm = calm.latencies.slice(CALM.rate * CALM.warm);
    const full = ours.flatMap(({ latencies }) => latencies);
    return [
      row({
        name: "syncs over HTTP, PostgreSQL, 32 connections",
        unit: "1/s",
        ours: median(ours.map(({ perSecond }) => perSecond)),
        peers: { "pg, one transaction each": median(peers) },
        better: "more",
        goal: { of: "ratio", op: ">=", value: 2 },
      }),
      latencyRow("a sync at that load, p50", full, 0.5),
      latencyRow("a sync at that load, p99", full, 0.99),
      latencyRow(`a sync at ${CALM.rate} a second, p50`, warm, 0.5),
      latencyRow(`a sync at ${CALM.rate} a second, p99`, warm, 0.99, { of: "ours", op: "<=", value: 20 }),
      ...(await lockWait(() => postgres.database(base), machines)),
    ];
  } finally {
    await postgres.stop();
  }
}

function latencyRow(name: string, latencies: readonly number[], q: number, goal?: Goal): Row {
  const sorted = latencies.toSorted((a, b) => a - b);
  const ours = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
  return row({ name, unit: "ms", ours, peers: {}, better: "less", ...(goal && { goal }) });
}

interface Load {
  perSecond: number;
  /** Of each message, in ms, from when it was due. */
  latencies: number[];
}

/**
 * The endpoint as a process of its own. Every connection sends the next message as soon as it has an answer, and where there is a
 * `rate` (1/s) not before it is due.
 */
async function overHttp(
  url: string,
  machines: BenchMachine[],
  { count, entries, rate }: { count: number; entries: number; rate?: number },
): Promise<Load> {
  const messages = Array.from({ length: count }, (_, i) => {
    const machine = machines[i % MACHINES]!;
    return { machine, body: JSON.stringify(message(machine, 1 + Math.floor(i / MACHINES), entries)) };
  });
  const server = await startServer([], { DATABASE_URL: url });
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(server.url)));
  const latencies: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let i = next++; i < count; i = next++) {
        const { machine, body } = messages[i]!;
        const due = rate === undefined ? performance.now() : start + (1000 * i) / rate;
        if (due > performance.now()) await delay(due - performance.now());
        const status = await connection.post(`/v1/advances/${machine.advance}/sync`, machine.token, body);
        if (status !== 200) throw new Error(`answered ${status}`);
        latencies.push(performance.now() - due);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const connection of connections) connection.close();
  await server.stop();
  return { perSecond: count / seconds, latencies };
}

/** The peer: the statements of syncs that each came alone, sent again to a fresh copy of the database. */
async function bare(url: string, recorded: Statements[]): Promise<number> {
  const clients = Array.from({ length: CONNECTIONS }, () => new pg.Client({ connectionString: url }));
  await Promise.all(clients.map((client) => client.connect()));
  let next = 0;
  const start = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let i = next++; i < recorded.length; i = next++) {
        await client.query("begin");
        for (const { text, parameters } of recorded[i]!) await client.query(text, parameters);
        await client.query("commit");
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(clients.map((client) => client.end()));
  return recorded.length / seconds;
}

/** Merges messages one by one, and takes down what that sends to the database. */
async function record(url: string, machines: BenchMachine[]): Promise<Statements[]> {
  const catalogue = await bundledCatalogue();
  const parts = {
    ...{ policies: new Policies(() => catalogue), sharers: new Sharers(), pace: new Pace(), hotRows: new HotRows() },
    clock: databaseClock,
  };
  return withStore(url, async (store) => {
    const transactions: Statements[] = [];
    for (let i = 0; i < PEERS; i++) {
      const machine = machines[i % MACHINES]!;
      const call = { ...machine, message: message(machine, 1 + Math.floor(i / MACHINES), ENTRIES) };
      const statements: Statements = [];
      await store.transaction((sql) => {
        const recording: Sql = {
          query: (text, parameters = []) => {
            statements.push({ text, parameters: [...parameters] });
            return sql.query(text, parameters);
          },
        };
        return mergeAll(recording, parts, machine.caller.teamId, [call]);
      });
      transactions.push(statements);
    }
    return transactions;
  });
}
