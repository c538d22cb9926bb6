import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type * as z from "zod/mini";
import type { Connector } from "../../src/daemon/network/connector.ts";
import {
  AdvanceOpenedSchema,
  EventSchemas,
  MeSchema,
  PolicyVersionSchema,
  PriceListSchema,
  SyncReplySchema,
} from "../../src/protocol/endpoint.ts";
import { closeDatabase, type Machine, request, startBudget } from "../daemon/support/budget.ts";
import { World } from "./advances/world.ts";
import { spoil } from "./answers/spoil.ts";

/**
 * A daemon's service whose endpoint answers nonsense, made from real answers: whatever comes, its status says clearly how it stands, and the
 * last good figures stay.
 */
export async function torture({ count = 10_000, ...options }: Partial<Options> & Omit<Options, "count">): Promise<void> {
  await spoiltAnswers({ count, ...options }).finally(closeDatabase);
}

interface Options {
  seed: number;
  count: number;
  log: (line: string) => void;
}

export async function spoiltAnswers({ seed, count, log }: Options): Promise<void> {
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", onRejection);
  const world = new World(seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const phases: Record<string, number> = {};
  const bench = await startBench();
  try {
    for (let i = 0; i < count; i++) {
      const phase = await bench.round(world).catch((error: Error) => {
        throw new Error(`seed ${seed}, answer ${i}: ${error.message}`, { cause: error });
      });
      phases[phase] = (phases[phase] ?? 0) + 1;
      assert.deepEqual(rejections, [], `seed ${seed}, answer ${i}: a rejection that nobody handled`);
    }
    log(
      `${count} answers: ${Object.entries(phases)
        .map(([phase, times]) => `${phase} ${times}`)
        .join(", ")}`,
    );
  } finally {
    process.off("unhandledRejection", onRejection);
    await bench.close();
  }
}

type Path = "/v1/me" | "/v1/policy" | "/v1/prices";
const SCHEMAS: Record<Path, z.ZodMiniType> = {
  "/v1/me": MeSchema,
  "/v1/policy": PolicyVersionSchema,
  "/v1/prices": PriceListSchema,
};
const READ = Object.keys(SCHEMAS) as Path[];

interface Bench {
  /** One spoilt answer; answers the phase it led to. */
  round(world: World): Promise<string>;
  close(): Promise<void>;
}

async function startBench(): Promise<Bench> {
  const budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }], confirm: {} });
  const headers = { authorization: `Bearer ${budget.token}` };
  const good = new Map<string, unknown>();
  for (const path of READ) good.set(path, await (await fetch(budget.url + path, { headers })).json());
  // As large as a team's lists are, every round would take a hundred times as long.
  const prices = good.get("/v1/prices") as { models: { provider: string }[] };
  const few = [...prices.models.filter(({ provider }) => provider === "test"), ...prices.models.slice(0, 2)];
  good.set("/v1/prices", { ...prices, models: few });
  let spoilt: (path: string) => Response | undefined = () => undefined;
  const answer = (path: string): Response =>
    spoilt(path) ?? (good.has(path) ? Response.json(good.get(path)) : new Response("{}", { status: 404 }));
  const network: Connector = {
    fetch: async (url, init) => withAbort(answer(new URL(String(url)).pathname), init?.signal ?? undefined),
    use: () => true,
  };
  const machine = await budget.machine(undefined, { network });
  await machine.signIn();
  const back = async () => {
    spoilt = () => undefined;
    if ((await machine.service.refresh()).phase !== "live")
      throw new Error(`not live again: ${machine.log.slice(-3).join("; ")}`);
  };
  const rounds = [read, read, read, money, event] as const;
  const tools: Tools = {
    ...{ machine, good },
    spoil(answerFor) {
      spoilt = answerFor;
    },
  };
  return {
    async round(world) {
      const phase = await rounds[Math.floor(world.random() * rounds.length)]!(tools, world);
      await back();
      machine.log.length = 0;
      return phase;
    },
    async close() {
      spoilt = () => undefined;
      await budget.close();
    },
  };
}

/** A body that fails when its request is given up, as one from a network does. */
function withAbort(response: Response, signal: AbortSignal | undefined): Response {
  const given = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => signal?.addEventListener("abort", () => controller.error(signal.reason)),
  });
  if (!response.body) return response;
  return new Response(response.body.pipeThrough(given), response);
}

interface Tools {
  machine: Machine;
  /** What the endpoint said, by path. */
  good: ReadonlyMap<string, unknown>;
  spoil(answerFor: (path: string) => Response | undefined): void;
}

/** What must stay as it is. */
function figures({ service }: Machine) {
  const { account, allowances, policy, priceRef } = service.state();
  return { account, allowances, policy, priceRef };
}

/** A reading goes wrong. */
async function read({ machine, good, spoil: put }: Tools, world: World): Promise<string> {
  const before = figures(machine);
  const path = READ[Math.floor(world.random() * READ.length)]!;
  const text = spoil(good.get(path), world);
  const status = world.chance(0.8) ? 200 : [204, 301, 400, 404, 429, 500, 503][Math.floor(world.random() * 7)]!;
  put((asked) => (asked === path ? new Response(status === 204 ? null : text, { status }) : undefined));
  const valid = status === 200 && isValid(SCHEMAS[path], text);
  let { phase, reason } = await machine.service.refresh();
  // A reading of its own may have begun before this one went wrong, and ended after it.
  if (phase === "live" && !valid) ({ phase, reason } = await machine.service.refresh());
  if (valid) return `${phase}, for it makes sense`; // what it says is another thing
  assert.ok(phase === "stale" || phase === "offline", `${phase} after ${status} ${text.slice(0, 200)}`);
  assert.ok(reason, "says why");
  assert.deepEqual(figures(machine), before, `the last good figures stay, after ${text.slice(0, 200)}`);
  return phase;
}

/** The answer about money goes wrong while a request waits for it. */
async function money({ machine, spoil: put }: Tools, world: World): Promise<string> {
  const before = figures(machine);
  const opened = { id: "a_1" };
  const { allowances } = before;
  const own = allowances.map(({ ownFree: _, ...allowance }) => allowance);
  const reply = {
    seq: 1,
    granted: "2",
    ttl: 600,
    cap: "1",
    refused: [],
    entries: [],
    allowances: own,
    now: new Date().toISOString(),
  };
  const spoilOpening = world.chance(0.3);
  const text = spoil(spoilOpening ? opened : reply, world);
  const valid = isValid(spoilOpening ? AdvanceOpenedSchema : SyncReplySchema, text);
  put((asked) => {
    if (asked === "/v1/advances") return new Response(spoilOpening ? text : JSON.stringify(opened), { status: 201 });
    return asked.endsWith("/sync") ? new Response(spoilOpening ? JSON.stringify(reply) : text) : undefined;
  });
  const asked = request({ output: 100_000 });
  const { decision, reasons } = await machine.service.open(asked, "window");
  await machine.service.cancel(asked.id);
  if (valid) return `${decision}, for it makes sense`;
  assert.equal(`${decision} ${reasons[0]?.code}`, "confirm offline", text.slice(0, 200));
  assert.deepEqual(figures(machine), before, `the last good figures stay, after ${text.slice(0, 200)}`);
  return "asked before sending";
}

/** An event goes wrong. */
async function event({ machine, good, spoil: put }: Tools, world: World): Promise<string> {
  const before = figures(machine);
  const { allowances } = good.get("/v1/me") as { allowances: unknown };
  const events = {
    allowance: { allowances },
    policy: good.get("/v1/policy"),
    prices: { priceRef: "x" },
    advance: { id: "a", cap: "1" },
  };
  const names = Object.keys(events) as (keyof typeof events)[];
  const name = names[Math.floor(world.random() * names.length)]!;
  const text = spoil(events[name], world).replaceAll("\n", " ");
  const heard = Promise.withResolvers<void>();
  put((asked) => {
    if (asked !== "/v1/events") return undefined;
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(`event: ${name}\ndata: ${text}\n\n`)),
      cancel: () => heard.resolve(),
    });
    if (isValid(EventSchemas[name], text)) setTimeout(heard.resolve, 5);
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  });
  await machine.service.useNetwork({ noProxy: [], strictProxy: true, systemCertificates: false }); // opens the stream anew
  await heard.promise;
  await turn();
  const { phase } = machine.service.state().sync;
  if (isValid(EventSchemas[name], text)) return `${phase}, for it makes sense`;
  assert.equal(phase, "live"); // the stream is opened again
  assert.deepEqual(figures(machine), before, `the last good figures stay, after ${text.slice(0, 200)}`);
  return "stream opened again";
}

function isValid(schema: z.ZodMiniType, text: string): boolean {
  try {
    return schema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
