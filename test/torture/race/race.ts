import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { formatAmount, type Nano, parseAmount } from "../../../src/budget/money.ts";
import { PolicySchema } from "../../../src/budget/policy/policy.ts";
import { createBudgetService } from "../../../src/daemon/budgetService.ts";
import type { BudgetService } from "../../../src/daemon/service.ts";
import { Admin } from "../../../src/endpoint/admin.ts";
import { Book } from "../../../src/endpoint/ledger/book.ts";
import { openPostgres } from "../../../src/endpoint/store/postgres.ts";
import type { Store } from "../../../src/endpoint/store/store.ts";
import { usageOf } from "../../../src/wire/usage.ts";
import type { Postgres } from "../../endpoint/support/postgres.ts";
import { type Server, startServer } from "../../endpoint/support/server.ts";
import { World } from "../advances/world.ts";
import { PoolWatch } from "./poolWatch.ts";
import { RaceTruth } from "./truth.ts";

export interface RaceOptions {
  seed: number;
  /** Endpoint processes on the one database. */
  servers: number;
  machines: number;
  requests: number;
  /** So many average requests fit the limit. */
  fits: number;
  /** The pool is split into sub-rows from the beginning. */
  split: boolean;
}

export interface RaceResult {
  admitted: number;
  refused: number;
  /** Of the refused, those whose hold would have fitted beside all that was really spent, open and asked for at that moment. */
  wrongful: number;
  limit: Nano;
  spend: Nano;
  overshoot: Nano;
  /** How often the pool was looked at while the race went on. */
  looks: number;
}

/** $10 for a million tokens of output, and nothing else counts. */
const PRICES = [{ model: "test/one", input: "0", output: "10" }];
const NANO_A_TOKEN = 10_000n;
/** Output tokens that a request sets aside. */
const HOLD = { least: 500, most: 5_000 };
/** Requests of one machine at a time. */
const AT_ONCE = 4;

/**
 * Real daemons' services race for one team's pool over real endpoint processes on one PostgreSQL: all that was admitted is added up
 * here, apart from every book, and compared to the nano.
 * @throws Error when a promise is broken
 */
export async function race(postgres: Postgres, options: RaceOptions): Promise<RaceResult> {
  const url = await postgres.database();
  const world = new World(options.seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const average = (NANO_A_TOKEN * BigInt(HOLD.least + HOLD.most)) / 2n;
  // Two thirds of a hold are used, on average.
  const limit = (average * BigInt(options.fits) * 2n) / 3n;
  const store = await openPostgres(url);
  const folder = await mkdtemp(join(tmpdir(), "tb-race-"));
  const servers: Server[] = [];
  const services: BudgetService[] = [];
  try {
    const admin = await Admin.over(store);
    const { id: team } = await admin.createTeam({ name: "Racers" });
    const allowances = [{ id: "pool", name: "Pool", per: "team", limit: formatAmount(limit) }];
    await admin.pushPolicy(team, PolicySchema.parse({ allowances, prices: PRICES, confirm: {}, offline: "block" }), {
      author: "A lead",
    });
    for (let i = 0; i < options.servers; i++) servers.push(await startServer([], { DATABASE_URL: url }));
    for (let i = 0; i < options.machines; i++) {
      const person = await admin.addPerson({ team, name: `Dev ${i}`, email: `dev${i}@example.com`, role: "developer" });
      const { token } = await admin.createToken(person.id);
      const service = await createBudgetService({ stateDirectory: join(folder, String(i)), log: () => {} });
      services.push(service);
      await service.connectAccount(servers[i % servers.length]!.url, token);
    }
    if (options.split) await splitPool(store, team);
    const truth = new RaceTruth(limit);
    const looks = await PoolWatch.during(url, async () => {
      let next = 0;
      const runner = async (service: BudgetService) => {
        for (let i = next++; i < options.requests; i = next++) await runOne(service, truth, world);
      };
      await Promise.all(services.flatMap((service) => Array.from({ length: AT_ONCE }, () => runner(service))));
      await Promise.all(services.map((service) => service.disconnectAccount()));
    });
    const [pool] = await store.query<Record<"spend" | "held" | "overshoot", string>>(
      "select spend, held, overshoot from whole_allowance where rule = 'pool'",
    );
    truth.mustEqual({ spend: BigInt(pool!.spend), held: BigInt(pool!.held), overshoot: BigInt(pool!.overshoot) });
    const { differences, unreported } = await admin.verify();
    if (differences.length + unreported.length > 0)
      throw new Error(`verify found ${JSON.stringify({ differences, unreported })}`);
    const { admitted, refused, wrongful, spent, above } = truth;
    return { admitted, refused, wrongful, limit, spend: spent, overshoot: above, looks };
  } finally {
    await Promise.allSettled(services.map((service) => service.close()));
    await Promise.allSettled(servers.map((server) => server.stop()));
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an endpoint does that waits for the pool too long; it stays split until it is near its end. */
async function splitPool(store: Store, team: string): Promise<void> {
  await store.transaction(async (sql) => {
    const book = new Book(team);
    const rows = await sql.query<{ key: string }>("select key from allowance where rule = 'pool'");
    await book.lockRows(
      sql,
      rows.map(({ key }) => key),
    );
    const split = await book.split(sql, true, Date.now());
    if (![...split.values()].every(Boolean)) throw new Error("the pool was not split");
  });
}

/** Asks, sends, and uses less than was held, or (one in ten) up to twice as much. */
async function runOne(service: BudgetService, truth: RaceTruth, world: World): Promise<void> {
  const id = crypto.randomUUID();
  const output = Math.round(world.between(HOLD.least, HOLD.most));
  const share = world.chance(0.1) ? world.between(1, 2) : world.between(0.3, 0.95);
  const hold = NANO_A_TOKEN * BigInt(output);
  truth.ask(hold);
  const reply = await service.open(
    {
      id,
      origin: "send",
      ref: { provider: "test", model: "one" },
      estimate: {
        input: { low: 0, likely: 0, high: 0, exact: true },
        output: { likely: output, high: output, worst: output },
      },
    },
    "racer",
  );
  if (reply.decision !== "allow") {
    const unexpected = reply.reasons.filter(({ code }) => code !== "spent" && code !== "doesNotFit");
    if (unexpected.length > 0) throw new Error(`refused because of ${JSON.stringify(unexpected)}`);
    truth.refuse(hold);
    return;
  }
  if (parseAmount(reply.held.usd) !== hold) throw new Error(`held ${reply.held.usd}`);
  truth.begin(hold);
  await service.sent(id);
  const used = Math.round(output * share);
  await delay(world.between(2, 40)); // the provider
  await service.settle({ id, usage: usageOf({ output: used }), usageSource: "provider" });
  truth.end(hold, NANO_A_TOKEN * BigInt(used));
}
