import { rmSync } from "node:fs";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { type Goal, median, type Row, row } from "../../../scripts/bench/row.ts";
import { PolicySchema } from "../../../src/budget/policy/policy.ts";
import { createBudgetService } from "../../../src/daemon/budgetService.ts";
import { LedgerDatabase, openDatabase } from "../../../src/daemon/ledger/database.ts";
import { writeLine } from "../../../src/daemon/ledger/rows.ts";
import { Admin } from "../../../src/endpoint/admin.ts";
import type { Store } from "../../../src/endpoint/store/store.ts";
import type { OpenReply, OpenRequest, Settled, Settlement } from "../../../src/protocol/daemon.ts";
import { usageOf } from "../../../src/wire/usage.ts";
import { TestMachine } from "../../daemon/fixtures/machine.ts";
import { startPostgres } from "../../endpoint/support/postgres.ts";
import { startServer } from "../../endpoint/support/server.ts";
import { withStore } from "./team.ts";

/** As many as a busy editor sends in a day (0.18 a second, for eight hours), so that compilers have done their work. */
const WARM = 5_000;
/** So many of each in turn, so often: what slows the machine down for a while slows all of them. */
const IN_A_ROW = { times: 20, rounds: 20, rest: 0 };
/** The same as people send them: each alone, when the processor has turned to something else (ms). */
const RESTED = { times: 1, rounds: 300, rest: 5 };

/**
 * Holding and settling, which are two lines of the ledger's journal of which one waits for the disk, beside one bare durable append to such
 * a journal, of a hold's line: inside the daemon, and through its socket, where they are two calls. As medians, in a row and each after a
 * rest: never one kind right after another, whose caches it would find warm. The endpoint runs beside it, in processes of its own.
 */
export async function holding(): Promise<Row[]> {
  const postgres = await startPostgres();
  const database = await postgres.database();
  const token = await withStore(database, developer);
  const endpoint = await startServer([], { DATABASE_URL: database });
  const machine = new TestMachine();
  const other = new TestMachine({ folder: "inside" });
  const service = await createBudgetService({ stateDirectory: other.stateDirectory, log: () => {} });
  const file = join(machine.home, "bare.sqlite");
  const journal = new LedgerDatabase(openDatabase(file, sqlite).database, file);
  try {
    const { url } = endpoint;
    const client = machine.client();
    await client.connectAccount(url, token);
    await service.connectAccount(url, token);
    const inside = {
      async open(asked: OpenRequest) {
        const reply = await service.open(asked, "bench");
        await service.sent(reply.id); // as it does for a client
        return reply;
      },
      settle: service.settle.bind(service),
    };
    await once(inside);
    const body = aHoldIn(other.path("ledger.sqlite"));
    const append = async () => {
      writeLine(journal, { kind: "hold", request: crypto.randomUUID(), body }, new Date().toISOString());
    };
    const calls = async () => {
      await client.cancel(crypto.randomUUID());
      await append();
      await client.cancel(crypto.randomUUID());
    };
    const works: Works = { append, calls, inside: () => once(inside), socket: () => once(client) };
    for (let i = 0; i < WARM; i++) for (const work of Object.values(works)) await work();
    return [...rowsOf(await measure(works, IN_A_ROW), "in a row"), ...rowsOf(await measure(works, RESTED), "after a rest")];
  } finally {
    journal.close();
    await service.close();
    await machine.close();
    await endpoint.stop();
    await postgres.stop();
    rmSync(other.home, { recursive: true, force: true });
  }
}

/** What is measured: a bare append, the same between two calls that do nothing, and holding and settling. */
type Kind = "append" | "calls" | "inside" | "socket";
type Works = Record<Kind, () => Promise<void>>;

/** The median time of each kind, in milliseconds. */
async function measure(works: Works, { times, rounds, rest }: typeof RESTED): Promise<Record<Kind, number>> {
  const taken: Record<Kind, number[]> = { append: [], calls: [], inside: [], socket: [] };
  const kinds = Object.keys(taken) as Kind[];
  for (let round = 0; round < rounds; round++)
    for (const kind of kinds) {
      await delay(rest);
      for (let i = 0; i < times; i++) {
        const start = performance.now();
        await works[kind]();
        taken[kind].push(performance.now() - start);
      }
    }
  const { append, calls, inside, socket } = taken;
  return { append: median(append), calls: median(calls), inside: median(inside), socket: median(socket) };
}

function rowsOf({ append, calls, inside, socket }: Record<Kind, number>, how: string): Row[] {
  const common = { unit: "ms", better: "less" } as const;
  const twice: Goal = { of: "ratio", op: ">=", value: 0.5 };
  const within: Goal = { of: "ours", op: "<=", value: 1 };
  const peers = { "bare durable append": append };
  const name = `hold and settle ${how}, p50:`;
  return [
    row({ ...common, name: `${name} in the daemon`, ours: inside, peers, goal: twice }),
    row({ ...common, name: `${name} through its socket`, ours: socket, peers, goal: twice }),
    row({
      ...common,
      name: `${name} through its socket, beside empty calls`,
      ours: socket,
      peers: { "append between two empty calls": calls },
      goal: within,
    }),
  ];
}

const PRICE = { model: "test/one", input: "1", output: "10" };

/** The token of somebody with more money than this needs. */
async function developer(store: Store): Promise<string> {
  const admin = await Admin.over(store);
  const { id: team } = await admin.createTeam({ name: "Ferries" });
  const policy = { allowances: [{ id: "month", name: "Month", limit: "100000" }], prices: [PRICE], confirm: {} };
  await admin.pushPolicy(team, PolicySchema.parse(policy), { author: "A lead" });
  const dev = await admin.addPerson({ team, name: "Dev", email: "dev@example.com", role: "developer" });
  return (await admin.createToken(dev.id)).token;
}

/** The body of a line of a hold, as a ledger has it. */
function aHoldIn(file: string): string {
  const ledger = new sqlite.DatabaseSync(file, { readOnly: true });
  const line = ledger.prepare("SELECT body FROM journal WHERE kind = 'hold' LIMIT 1").get();
  ledger.close();
  return line?.body as string;
}

interface Holder {
  open(request: OpenRequest): Promise<OpenReply>;
  settle(settlement: Settlement): Promise<Settled>;
}

async function once({ open, settle }: Holder): Promise<void> {
  const id = crypto.randomUUID();
  const estimate = {
    input: { low: 0, likely: 0, high: 0, exact: true },
    output: { likely: 500, high: 1_000, worst: 1_000 },
  };
  const { decision } = await open({ id, origin: "send", ref: { provider: "test", model: "one" }, estimate });
  if (decision !== "allow") throw new Error(`answered ${decision}`);
  await settle({ id, usage: usageOf({ output: 500 }), usageSource: "provider" });
}
