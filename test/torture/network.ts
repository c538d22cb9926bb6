import assert from "node:assert/strict";
import { formatAmount, type Nano, parseAmount } from "../../src/budget/money.ts";
import { createOwnConnector } from "../../src/daemon/network/own.ts";
import { closeDatabase, type Machine, request, startBudget, type TestBudget, used } from "../daemon/support/budget.ts";
import { CERTIFICATE, type Fate, startBadLine, startTlsFront } from "../daemon/support/tls.ts";
import { World } from "./advances/world.ts";

/**
 * A daemon's service against a real endpoint over TLS, on a line that delays, cuts, resets, truncates and corrupts connections: when the
 * line is good again, the totals on both sides are what was spent, and no money is left behind. A scenario follows from its seed, but for
 * the network's timing.
 */
export async function torture({ count = 1_000, ...options }: Partial<Options> & Omit<Options, "count">): Promise<void> {
  await scenarios({ count, ...options }).finally(closeDatabase);
}

interface Options {
  seed: number;
  count: number;
  log: (line: string) => void;
}

export async function scenarios({ seed, count, log }: Options): Promise<void> {
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", onRejection);
  try {
    const told = { admitted: 0, refused: 0, faults: 0 };
    for (let i = 0; i < count; i++) {
      const outcome = await scenario(seed + i).catch((error: Error) => {
        throw new Error(`seed ${seed + i}: ${error.message}`, { cause: error });
      });
      assert.deepEqual(rejections, [], `seed ${seed + i}: a rejection that nobody handled`);
      told.admitted += outcome.admitted;
      told.refused += outcome.refused;
      told.faults += outcome.faults;
      if (i % 100 === 99) log(`${i + 1} of ${count}`);
    }
    log(`${count} scenarios: ${told.faults} connections spoilt, ${told.admitted} requests admitted, ${told.refused} not`);
  } finally {
    process.off("unhandledRejection", onRejection);
  }
}

const KINDS = ["cut", "reset", "truncate", "corrupt"] as const;
const LIMIT = "1";

/** One machine, some twenty requests, and a line that is bad until they are over. */
export async function scenario(seed: number): Promise<{ admitted: number; refused: number; faults: number }> {
  const world = new World(seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const badness = world.random();
  let healed = false;
  const faults: NonNullable<Fate["fault"]>[] = [];
  const fateOf = (): Fate => {
    if (healed) return {};
    const delay = world.chance(0.2) ? Math.floor(world.between(1, 40)) : 0;
    if (!world.chance(badness)) return { delay };
    const kind = KINDS[Math.floor(world.random() * KINDS.length)]!;
    // A handshake takes some 2 kB: some break there, some in a question, some in an answer.
    const fault = { kind, toClient: world.chance(0.5), after: Math.floor(world.random() ** 2 * 8_000) };
    faults.push(fault);
    return { delay, fault };
  };
  const offline = world.chance(0.5) ? "allow" : "block";
  const budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: LIMIT }], confirm: {}, offline });
  const front = await startTlsFront(budget.url);
  const line = await startBadLine(front.port, fateOf);
  const network = createOwnConnector(() => {});
  network.use({ noProxy: [], strictProxy: true, systemCertificates: false, certificateFile: CERTIFICATE });
  const machine = await budget.machine(undefined, { network });
  try {
    await machine.service.connectAccount(`https://localhost:${line.port}`, budget.token);
    const { spent, admitted, refused } = await work(machine, world);
    healed = true;
    for (const fault of faults) fault.after = Number.POSITIVE_INFINITY;
    await settleDown(machine);
    await agree(budget, machine, spent, offline === "allow");
    return { admitted, refused, faults: faults.length };
  } finally {
    await budget.close();
    await Promise.all([line.close(), front.close()]);
  }
}

/** Requests of random sizes, some at once; answers what was really spent (nano). */
async function work({ service }: Machine, world: World): Promise<{ spent: Nano; admitted: number; refused: number }> {
  let spent = 0n;
  let admitted = 0;
  let refused = 0;
  const one = async () => {
    const asked = request({ output: Math.floor(world.between(1, 8)) * 1_000 });
    const share = world.random();
    const [cancelled, counted] = [world.chance(0.1), world.chance(0.2)];
    const { decision } = await service.open(asked, "window");
    if (decision !== "allow") return void refused++;
    admitted++;
    if (cancelled) return service.cancel(asked.id);
    await service.sent(asked.id);
    const output = Math.ceil(asked.estimate.output!.likely * share);
    const usageSource = counted ? "counted" : "provider";
    const { cost } = await service.settle({ id: asked.id, usage: used(output), usageSource });
    spent += parseAmount(cost);
  };
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: Math.ceil(world.between(0, 6)) }, one));
    if (world.chance(0.5)) await service.refresh();
  }
  return { spent, admitted, refused };
}

/** Talks until all is told. */
async function settleDown({ service, log }: Machine): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const { phase } = await service.refresh();
    if (phase === "live" && service.state().pending.entries === 0) return;
  }
  throw new Error(`still ${service.state().sync.phase}, ${service.state().pending.entries} pending: ${log.slice(-5).join("; ")}`);
}

async function agree(budget: TestBudget, { service }: Machine, spent: Nano, mayPass: boolean): Promise<void> {
  const [shown] = service.state().allowances;
  const total = formatAmount(spent);
  assert.equal(shown?.spend, total, "the machine shows what was spent");
  assert.equal((await budget.me()).allowances[0]!.spend, total, "the endpoint has booked what was spent");
  if (!mayPass) assert.ok(spent <= parseAmount(LIMIT), "no limit was passed");
  assert.deepEqual((await service.verify()).differences, []);
  await service.disconnectAccount();
  assert.equal((await budget.me()).allowances[0]!.held, "0", "no money is left behind");
}
