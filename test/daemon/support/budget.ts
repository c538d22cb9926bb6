import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PolicySchema } from "../../../src/budget/policy/policy.ts";
import { createBudgetService, type ServiceOptions } from "../../../src/daemon/budgetService.ts";
import type { BudgetService } from "../../../src/daemon/service.ts";
import { Admin } from "../../../src/endpoint/admin.ts";
import { createEndpoint, type Endpoint } from "../../../src/endpoint/endpoint.ts";
import { openPglite } from "../../../src/endpoint/store/pglite.ts";
import type { Store } from "../../../src/endpoint/store/store.ts";
import type { OpenRequest, State } from "../../../src/protocol/daemon.ts";
import type { Me } from "../../../src/protocol/endpoint.ts";
import { usageOf } from "../../../src/wire/usage.ts";
import type { CrashedTeam } from "../../torture/crash/daemon.ts";
import { teamOver } from "../../torture/crash/team.ts";

/** A team on a real endpoint (PGlite in memory), and machines that talk to it. Everything ends with `close`. */
export interface TestBudget {
  url: string;
  admin: Admin;
  team: string;
  token: string;
  /** The endpoint's own figures of the developer. */
  me(): Promise<Me>;
  /** The endpoint's books, as they are in its store. */
  books(): CrashedTeam;
  pushPolicy(policy: unknown): Promise<void>;
  /** A machine of its own on which a lead of the team, Lee, is signed in. */
  lead(): Promise<Machine>;
  /** A service over a state directory of its own, or over that of an earlier one. */
  machine(stateDirectory?: string, options?: Partial<ServiceOptions>): Promise<Machine>;
  stopEndpoint(): Promise<void>;
  startEndpoint(): Promise<void>;
  close(): Promise<void>;
}

export interface Machine {
  service: BudgetService;
  stateDirectory: string;
  log: string[];
  /** Signs in at the endpoint, or at another address; as the developer, or with another token. @throws Error where it is not live then */
  signIn(url?: string, token?: string): Promise<void>;
  /** Resolves with the first state, from now on, that fits. */
  until(fits: (state: State) => boolean): Promise<State>;
}

/** $1 for a million tokens in, $10 out: an answer of 1,000 tokens costs a cent. */
export const PRICES = [{ model: "test/one", input: "1", output: "10" }];

/** One database for all teams of a test run: it takes seconds to start. */
let database: Promise<Store> | undefined;
export async function closeDatabase(): Promise<void> {
  const open = await database;
  database = undefined;
  await open?.close();
}
if (typeof after === "function") after(closeDatabase); // in a torture there is no Mocha

/** @param clock the endpoint's, epoch ms */
export async function startBudget(policy: object, clock: () => number = Date.now): Promise<TestBudget> {
  database ??= openPglite();
  const store = await database;
  const admin = await Admin.over(store);
  const { id: team } = await admin.createTeam({ name: `Team ${randomUUID()}`, timeZone: "UTC" });
  const dev = await admin.addPerson({ team, name: "Dev", email: "dev@example.com", role: "developer" });
  const { token } = await admin.createToken(dev.id);
  const pushPolicy = async (next: unknown) => {
    await admin.pushPolicy(team, PolicySchema.parse(next), { author: "A lead" });
  };
  await pushPolicy({ prices: PRICES, ...policy });
  let endpoint: Endpoint | undefined = await createEndpoint({ store, clock });
  const url = await endpoint.listen();
  const machines: Machine[] = [];
  const directories: string[] = [];
  const budget: TestBudget = {
    url,
    admin,
    team,
    token,
    pushPolicy,
    books: () => teamOver(store, team, url, token),
    me: async () => (await (await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).json()) as Me,
    async lead() {
      const { id } = await admin.addPerson({ team, name: "Lee", email: "lee@example.com", role: "lead" });
      const machine = await budget.machine();
      await machine.signIn(url, (await admin.createToken(id)).token);
      return machine;
    },
    async machine(stateDirectory, options) {
      const directory = stateDirectory ?? (await mkdtemp(join(tmpdir(), "tb-daemon-")));
      directories.push(directory);
      const machine = await openMachine(directory, url, token, options);
      machines.push(machine);
      return machine;
    },
    async stopEndpoint() {
      await endpoint?.close();
      endpoint = undefined;
    },
    async startEndpoint() {
      endpoint = await createEndpoint({ store, clock });
      await endpoint.listen("127.0.0.1", Number(new URL(url).port));
    },
    async close() {
      await Promise.allSettled(machines.map(({ service }) => service.close()));
      await endpoint?.close();
      await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
    },
  };
  return budget;
}

async function openMachine(
  stateDirectory: string,
  url: string,
  token: string,
  options: Partial<ServiceOptions> = {},
): Promise<Machine> {
  const log: string[] = [];
  const service = await createBudgetService({ stateDirectory, log: (line) => log.push(line), ...options });
  return {
    service,
    stateDirectory,
    log,
    async signIn(address = url, as = token) {
      const { phase, reason } = await service.connectAccount(address, as);
      if (phase !== "live") throw new Error(`not signed in: ${phase}: ${reason}`);
    },
    until(fits) {
      return new Promise((resolve) => {
        const look = () => {
          if (!fits(service.state())) return;
          listening.dispose();
          resolve(service.state());
        };
        const listening = service.onDidChange(look);
        look();
      });
    },
  };
}

/** A request of `input` tokens, exactly, that is expected to answer with `output` at most. */
export function request({
  input = 0,
  output = 1_000,
  model = "one",
  ...rest
}: Partial<OpenRequest> & { input?: number; output?: number; model?: string } = {}): OpenRequest {
  return {
    id: randomUUID(),
    origin: "send",
    ref: { provider: "test", model },
    estimate: {
      input: { low: input, likely: input, high: input, exact: true },
      output: { likely: output, high: output, worst: output },
    },
    ...rest,
  };
}

/** A usage of so many output tokens. */
export const used = (output: number) => usageOf({ output });
