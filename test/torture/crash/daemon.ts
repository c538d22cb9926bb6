import { formatAmount, type Nano, parseAmount } from "../../../src/budget/money.ts";
import type { DaemonClient } from "../../../src/protocol/client.ts";
import { usageOf } from "../../../src/wire/usage.ts";
import { kill, TestMachine } from "../../daemon/fixtures/machine.ts";
import { World } from "../advances/world.ts";

/** The team's endpoint, where a model `test/one` costs $10 for a million tokens of output. */
export interface CrashedTeam {
  url: string;
  token: string;
  /** What the endpoint has as settled. */
  entries(): Promise<{ id: string; cost: Nano; source: string }[]>;
  /** The developer's allowance, as the endpoint has it. */
  allowance(): Promise<{ spend: Nano; held: Nano }>;
}

export interface DaemonCrashes {
  sent: number;
  /** Entries of requests whose end the daemon did not see. */
  uncertain: number;
  /** What was really spent, and what the endpoint counts. */
  real: Nano;
  total: Nano;
}

/** A request, and how far it came. */
interface Fate {
  hold: Nano;
  used: Nano;
  /** Its first byte has left: the provider charges it. */
  left: boolean;
  /** What the daemon said that it was settled at, also one that had found it open and charged it in full. */
  booked?: Nano;
}

const WORKERS = 4;
const NANO_A_TOKEN = 10_000n;

/**
 * Kills a daemon again and again at random moments of hold, send, settle and sync. Afterwards everything that left the machine is at the
 * endpoint once: at its cost where the daemon said so, else at that or, marked uncertain, at its whole hold.
 * @throws Error when anything is lost, there twice, or differs without a mark
 */
export async function crashDaemon(team: CrashedTeam, kills: number, seed: number): Promise<DaemonCrashes> {
  const world = new World(seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const machine = new TestMachine();
  const fates = new Map<string, Fate>();
  try {
    // A client of its own for each life: one that saw so many daemons die would wait before it starts the next.
    const newClient = async () => {
      const client = machine.client();
      await client.connectAccount(team.url, team.token);
      return client;
    };
    for (let i = 0; i < kills; i++) {
      const client = await newClient();
      let left = Math.floor(world.between(1, 80));
      const enough = Promise.withResolvers<void>();
      const step = () => --left === 0 && enough.resolve();
      const gone = { now: false };
      const work = Array.from({ length: WORKERS }, async () => {
        while (!gone.now) await sendOne(client, fates, world, step).catch(() => {});
      });
      // The daemon tells the endpoint now and then by itself; here also in the midst of it.
      if (world.chance(0.5)) void client.refresh().catch(() => {});
      await enough.promise;
      gone.now = true;
      kill(machine.daemon());
      client.dispose();
      await Promise.all(work);
    }
    const client = await newClient();
    await client.refresh();
    await client.disconnectAccount();
    return judge(await team.entries(), await team.allowance(), fates);
  } finally {
    await machine.close();
  }
}

/** One request as a client makes it. @throws when the daemon is gone */
async function sendOne(client: DaemonClient, fates: Map<string, Fate>, world: World, step: () => void): Promise<void> {
  const asked = crypto.randomUUID();
  const output = Math.round(world.between(100, 1_000));
  const used = Math.round(output * world.between(0.1, 0.99));
  const nothing: Fate = { hold: NANO_A_TOKEN * BigInt(output), used: NANO_A_TOKEN * BigInt(used), left: false };
  fates.set(asked, nothing);
  const reply = await client.open({
    id: asked,
    origin: "send",
    ref: { provider: "test", model: "one" },
    estimate: {
      input: { low: 0, likely: 0, high: 0, exact: true },
      output: { likely: output, high: output, worst: output },
    },
  });
  step();
  if (reply.decision !== "allow") throw new Error(`refused: ${JSON.stringify(reply.reasons)}`);
  const { id } = reply; // another, where a daemon died after it had let the request go and before it said so
  const fate: Fate = { ...nothing, left: true };
  fates.set(id, fate);
  step();
  const { cost } = await client.settle({ id, usage: usageOf({ output: used }), usageSource: "provider" });
  fate.booked = parseAmount(cost);
  step();
}

function judge(
  entries: Awaited<ReturnType<CrashedTeam["entries"]>>,
  { spend, held }: Awaited<ReturnType<CrashedTeam["allowance"]>>,
  fates: ReadonlyMap<string, Fate>,
): DaemonCrashes {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  if (byId.size !== entries.length) throw new Error("a request is there twice");
  let real = 0n;
  let sent = 0;
  for (const [id, { left, booked, hold, used }] of fates) {
    const entry = byId.get(id);
    if (left) {
      sent++;
      real += used;
      if (!entry) throw new Error(`${id} was sent and is not at the endpoint`);
    }
    if (!entry) continue;
    const isMarkedOrRight = entry.source === "uncertain" ? entry.cost === hold : left && entry.cost === used;
    if (!isMarkedOrRight || (booked !== undefined && booked !== entry.cost))
      throw new Error(`${id}: ${entry.cost} by ${entry.source}, really ${left ? used : 0n} of ${hold}, told: ${booked}`);
  }
  const total = entries.reduce((sum, { cost }) => sum + cost, 0n);
  const uncertain = entries.filter(({ source }) => source === "uncertain");
  const unsure = uncertain.reduce((sum, { cost }) => sum + cost, 0n);
  if (spend !== total || held !== 0n) throw new Error(`the book says ${spend} spent and ${held} held, its entries ${total}`);
  if (real > total || total - real > unsure)
    throw new Error(`really ${real}, in the book ${total}, of which ${unsure} is unsure`);
  return { sent, uncertain: uncertain.length, real, total };
}

export function told({ sent, uncertain, real, total }: DaemonCrashes): string {
  return `${sent} requests sent for $${formatAmount(real)}, booked as $${formatAmount(total)}; the end of ${uncertain} was not seen`;
}
