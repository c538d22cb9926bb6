import { setTimeout as delay } from "node:timers/promises";
import { type Nano, ONE, parseAmount } from "../../../src/budget/money.ts";
import { PolicySchema } from "../../../src/budget/policy/policy.ts";
import { Admin } from "../../../src/endpoint/admin.ts";
import type { Store } from "../../../src/endpoint/store/store.ts";
import type { Sync } from "../../../src/protocol/endpoint.ts";
import { type Server, startServer } from "../../endpoint/support/server.ts";
import { entryOf, type Member, startMachine, type TestMachine } from "../../endpoint/support/team.ts";
import { World } from "../advances/world.ts";

/** How a database is reached: by a server process, and (while none runs) by this one. */
export interface CrashedStore {
  name: string;
  /** Arguments and variables of `token-budget-endpoint serve`. */
  args: string[];
  env: NodeJS.ProcessEnv;
  open(): Promise<Store>;
}

export interface EndpointCrashes {
  acknowledged: number;
  entries: number;
}

const MACHINES = 6;
const POLICY = {
  allowances: [
    { id: "month", name: "Month", limit: "1000000" },
    { id: "pool", name: "Pool", per: "team", limit: "5000000" },
  ],
  prices: [{ model: "test/one", input: "1", output: "10" }],
};

/**
 * Kills an endpoint under load, again and again, at random moments. What it acknowledged must be there afterwards, once; machines say
 * again what it did not, and in the end the books are what the machines spent, to the nano.
 * @throws Error when anything is missing or there twice
 */
export async function crashEndpoint(crashed: CrashedStore, kills: number, seed: number): Promise<EndpointCrashes> {
  const world = new World(seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const members = await withStore(crashed, prepare);
  let machines: CrashMachine[] = [];
  let server: Server | undefined;
  const start = async () => startServer(crashed.args, crashed.env);
  try {
    for (let kill = 0; kill < kills; kill++) {
      server = await start();
      const { url } = server;
      if (kill === 0)
        machines = await Promise.all(members.map(async (member) => new CrashMachine(member, await startMachine(url, member))));
      for (const machine of machines) machine.moveTo(url);
      await Promise.all(machines.map((machine) => machine.checkKnown()));
      let left = Math.floor(world.between(1, 60));
      const enough = Promise.withResolvers<void>();
      const work = machines.map((machine) => machine.work(() => --left === 0 && enough.resolve()));
      await Promise.race([enough.promise, Promise.all(work)]);
      await delay(world.between(0, 8));
      await server.kill();
      await Promise.all(work);
    }
    server = await start();
    for (const machine of machines) machine.moveTo(server.url);
    await Promise.all(machines.map((machine) => machine.finish()));
    await server.stop();
  } finally {
    await server?.stop();
  }
  return withStore(crashed, (store) => checkBooks(store, machines));
}

async function prepare(store: Store): Promise<Member[]> {
  const admin = await Admin.over(store);
  const { id } = await admin.createTeam({ name: "Ours" });
  await admin.pushPolicy(id, PolicySchema.parse(POLICY), { author: "A lead" });
  const members: Member[] = [];
  for (let i = 0; i < MACHINES; i++) {
    const person = await admin.addPerson({ team: id, name: `Dev ${i}`, email: `dev${i}@example.com`, role: "developer" });
    members.push({ ...person, token: (await admin.createToken(person.id)).token });
  }
  return members;
}

/** A machine that reports one settled request after the other, and what it has not heard of again. */
class CrashMachine {
  readonly #member: Member;
  readonly #machine: TestMachine;
  #url = "";
  /** The message that is under way, until it is acknowledged. */
  #message: Sync | undefined;
  #seq = 0;
  #granted: Nano = 0n;
  #spent: Nano = 0n;
  acknowledged = 0;
  readonly entries: string[] = [];

  constructor(member: Member, machine: TestMachine) {
    this.#member = member;
    this.#machine = machine;
  }

  get advance(): string {
    return this.#machine.advance;
  }
  get spent(): Nano {
    return this.#spent;
  }

  moveTo(url: string): void {
    this.#url = url;
  }

  /** @throws Error when the endpoint has forgotten what it said */
  async checkKnown(): Promise<void> {
    if (this.#seq === 0) return;
    // Figures merge by maximum, so this says nothing.
    const reply = await this.#post({ ...this.#next([]), seq: this.#seq, granted: "0", spent: "0" });
    if (parseAmount(reply!.granted) < this.#granted) throw new Error(`${this.advance}: a grant is lost`);
  }

  /** Until the endpoint is gone. */
  async work(acknowledged: () => void): Promise<void> {
    while (await this.#report()) acknowledged();
  }

  async finish(): Promise<void> {
    if (this.#message && !(await this.#report())) throw new Error("the last message was not answered");
  }

  async #report(): Promise<boolean> {
    this.#message ??= this.#next([entryOf({ input: 10_000, at: new Date().toISOString(), allowances: this.#machine.keys })]);
    const reply = await this.#post(this.#message);
    if (!reply) return false;
    this.#seq = this.#message.seq;
    this.#spent = parseAmount(this.#message.spent);
    this.#granted = parseAmount(reply.granted);
    this.entries.push(...reply.entries);
    this.acknowledged++;
    this.#message = undefined;
    return true;
  }

  #next(entries: Sync["entries"]): Sync {
    const seq = this.#seq + 1;
    const figures = { spent: String(seq / 100), granted: String(Number(this.#granted) / Number(ONE)) };
    return { seq, ...figures, returned: "0", open: "0", needs: [], want: "0.05", policyVersion: 1, entries };
  }

  async #post(message: Sync): Promise<{ granted: string; entries: string[] } | undefined> {
    const { token } = this.#member;
    try {
      const response = await fetch(`${this.#url}/v1/advances/${this.advance}/sync`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(message),
      });
      if (response.status !== 200) throw new Error(`answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as { granted: string; entries: string[] };
    } catch (error) {
      if (error instanceof TypeError || error instanceof SyntaxError) return undefined; // the connection, or the answer, broke
      throw error;
    }
  }
}

async function checkBooks(store: Store, machines: readonly CrashMachine[]): Promise<EndpointCrashes> {
  const advances = await store.query<{ id: string; spent: string }>("select id, spent from advance");
  const spentOf = new Map(advances.map(({ id, spent }) => [id, BigInt(spent)]));
  for (const { advance, spent } of machines)
    if (spentOf.get(advance) !== spent) throw new Error(`${advance}: the book says ${spentOf.get(advance)}, really ${spent}`);
  const acknowledged = machines.flatMap(({ entries }) => entries);
  const entries = await store.query<{ id: string }>("select id from entry where kind = 'settle'");
  const known = new Set(entries.map(({ id }) => id));
  const lost = acknowledged.filter((id) => !known.has(id));
  if (lost.length > 0) throw new Error(`${lost.length} acknowledged entries are lost`);
  if (entries.length !== acknowledged.length) throw new Error(`${entries.length} entries of ${acknowledged.length}`);
  const total = machines.reduce((sum, { spent }) => sum + spent, 0n);
  const [pool] = await store.query<{ spend: string }>("select spend from whole_allowance where rule = 'pool'");
  if (BigInt(pool!.spend) !== total) throw new Error(`the pool says ${pool!.spend}, really ${total}`);
  const { differences } = await (await Admin.over(store)).verify();
  if (differences.length > 0) throw new Error(`verify found ${JSON.stringify(differences)}`);
  return { acknowledged: machines.reduce((sum, machine) => sum + machine.acknowledged, 0), entries: entries.length };
}

async function withStore<T>(crashed: CrashedStore, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await crashed.open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
