import { rmSync } from "node:fs";
import { join } from "node:path";
import * as sqlite from "node:sqlite";
import { median, type Row, row } from "../../../scripts/bench/row.ts";
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

/** So that compilers have done their work, as in a daemon that serves all day. */
const WARM = 500;
const TIMES = 400;

/**
 * Holding and settling, which are two lines of the ledger's journal of which one waits for the disk, beside one bare durable append to such
 * a journal, of a hold's line: inside the daemon, and through its socket, where they are two calls. Measured in turn, as medians. The endpoint
 * runs beside it, in processes of its own.
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
    const append = async () => {
      writeLine(journal, { kind: "hold", request: crypto.randomUUID(), body }, new Date().toISOString());
    };
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
    const times = { append: [] as number[], inside: [] as number[], socket: [] as number[] };
    for (let i = 0; i < WARM + TIMES; i++) {
      for (const [name, work] of Object.entries({ append, inside: () => once(inside), socket: () => once(client) })) {
        const start = performance.now();
        await work();
        if (i >= WARM) times[name as keyof typeof times].push(performance.now() - start);
      }
    }
    const peers = { "bare durable append": median(times.append) };
    const goal = { of: "ratio", op: ">=", value: 0.5 } as const;
    const socket = { name: "hold and settle through the daemon's socket, p50", unit: "ms", ours: median(times.socket) };
    return [
      row({
        name: "hold and settle in the daemon, p50",
        unit: "ms",
        ours: median(times.inside),
        peers,
        better: "less",
        goal,
      }),
      row({ ...socket, peers, better: "less", goal }),
      row({ ...socket, peers: {}, better: "less", goal: { of: "ours", op: "<=", value: 1 } }),
    ];
  } finally {
    journal.close();
    await service.close();
    await machine.close();
    await endpoint.stop();
    await postgres.stop();
    rmSync(other.home, { recursive: true, force: true });
  }
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
