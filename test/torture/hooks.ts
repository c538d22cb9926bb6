import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBudgetService } from "../../src/daemon/budgetService.ts";
import type { BudgetService } from "../../src/daemon/service.ts";
import type { HookCall, TurnAnswer } from "../../src/protocol/assistants.ts";
import { hookEvent } from "../daemon/support/hooks.ts";
import { otlp } from "../daemon/support/telemetry.ts";
import { otlpProtobuf } from "../support/otlpProtobuf.ts";
import { World } from "./advances/world.ts";
import { spoil } from "./answers/spoil.ts";

/**
 * Hooks whose input makes no sense, and telemetry whose bodies make none: every hook is answered, every message too, the daemon goes on, what
 * was reported well is booked once, and the ledger is as its journal says.
 */
export async function torture({ count = 5_000, ...options }: Partial<Options> & Omit<Options, "count">): Promise<void> {
  await nonsense({ count, ...options });
}

interface Options {
  seed: number;
  count: number;
  log: (line: string) => void;
}

/** An answer that takes longer is stuck (ms). */
const STUCK = 30_000;
const EVENTS = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "SubagentStart",
  "SubagentStop",
  "Stop",
  "PreCompact",
];
/** The model of what is reported well. */
const GOOD = "gpt-5-mini";

export async function nonsense({ seed, count, log }: Options): Promise<void> {
  const world = new World(seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => void rejections.push(reason);
  process.on("unhandledRejection", onRejection);
  const stateDirectory = await mkdtemp(join(tmpdir(), "tb-hooks-"));
  const service = await createBudgetService({
    stateDirectory,
    log: () => {},
    catalogue: "off",
    turnTimes: { reports: 1, lateReports: 1 },
  });
  const good: string[] = [];
  let round = 0;
  try {
    await service.configure({ refreshPrices: false, plans: [], budgets: [{ limit: "100000", unit: "usd", period: "month" }] });
    service.useAsker(async () => personSays(world));
    const { url } = await service.telemetry();
    for (; round < count; round++) {
      await notStuck(world.chance(0.5) ? hook(service, world) : report(url, world));
      if (world.chance(0.02)) good.push(...(await reportWell(url, world, good)));
      assert.deepEqual(rejections, [], "a rejection that nobody handled");
    }
    await notStuck(service.idle());
    const { rows } = await service.history(1);
    // Besides them, turns that used the same model and of which nothing was reported.
    const booked = rows.filter(({ model }) => model === GOOD).reduce((sum, row) => sum + row.requests - row.uncertain, 0);
    assert.equal(booked, new Set(good).size, "what was reported well is booked, once");
    assert.deepEqual((await service.verify()).differences, []);
    assert.equal(service.state().ledgerWarning, undefined);
    log(`${count} hook inputs and messages, ${good.length} good calls reported, ${booked} booked`);
  } catch (error) {
    throw new Error(`seed ${seed}, round ${round}: ${(error as Error).message}`, { cause: error });
  } finally {
    process.off("unhandledRejection", onRejection);
    await service.close();
    await rm(stateDirectory, { recursive: true, force: true });
  }
}

/** A hook with something wrong about it. */
async function hook(service: BudgetService, world: World): Promise<void> {
  const event = hookEvent(pick(EVENTS, world), pick(["s", "t", ""], world), {
    ...{ prompt: "Sail.", tool_name: pick(["runSubagent", "read_file"], world), tool_use_id: randomUUID(), model: "gpt-5" },
    ...{ timestamp: new Date().toISOString(), transcript_path: pick(["/", "\u0000", "relative", "/nowhere/a/b/c.jsonl"], world) },
  });
  const input = world.chance(0.1) ? JSON.stringify(event) : spoil(event, world);
  const call = { id: randomUUID(), input, cwd: "/projects/ferry" };
  const spoilt = world.chance(0.05) ? (parsed(spoil(call, world)) as HookCall) : call;
  const gone = new AbortController();
  if (world.chance(0.05)) gone.abort();
  const answer = await service.hook(spoilt, gone.signal);
  assert.equal(answer.exitCode, 0);
  if (answer.stdout !== undefined) assert.equal(typeof JSON.parse(answer.stdout), "object");
}

/** A message with something wrong about it, in JSON or protobuf. */
async function report(url: string, world: World): Promise<void> {
  const body = otlp([{ session: pick(["s", "t", "u"], world), model: "gpt-5", input: 1_000, cached: 500, output: 10 }]);
  const isJson = world.chance(0.5);
  const bytes = isJson ? Buffer.from(spoil(body, world)) : spoiltBytes(otlpProtobuf(body), world);
  const response = await fetch(`${url}/v1/${pick(["traces", "traces", "metrics", "logs"], world)}`, {
    method: "POST",
    headers: { "content-type": isJson ? "application/json" : "application/x-protobuf" },
    body: bytes,
  });
  await response.arrayBuffer();
  assert.equal(response.status, 200);
}

/** Some calls, reported as they should be; now and then again. Answers their ids. */
async function reportWell(url: string, world: World, before: readonly string[]): Promise<string[]> {
  const again = before.length > 0 && world.chance(0.3) ? [pick(before, world)] : [];
  const ids = [...Array.from({ length: 3 }, () => randomUUID()), ...again];
  const body = otlp(ids.map((responseId) => ({ responseId, model: GOOD, session: "good", input: 1_000, output: 10 })));
  const isJson = world.chance(0.5);
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": isJson ? "application/json" : "application/x-protobuf" },
    body: isJson ? JSON.stringify(body) : otlpProtobuf(body),
  });
  await response.arrayBuffer();
  assert.equal(response.status, 200);
  return ids;
}

/** What a window may answer: sense, or none. */
function personSays(world: World): TurnAnswer | "nobody" | "late" {
  if (world.chance(0.2)) return pick(["nobody", "late"] as const, world);
  const answer = { choice: pick(["send", "sendUpTo", "stop", "freshSession"] as const, world), amount: "5", notBelow: "0.1" };
  return world.chance(0.5) ? answer : ((parsed(spoil(answer, world)) ?? {}) as TurnAnswer);
}

function spoiltBytes(bytes: Uint8Array, world: World): Uint8Array<ArrayBuffer> {
  const spoilt = new Uint8Array(bytes.subarray(0, world.chance(0.3) ? Math.floor(world.random() * bytes.length) : bytes.length));
  for (let flips = Math.floor(world.random() * 5); flips > 0 && spoilt.length > 0; flips--)
    spoilt[Math.floor(world.random() * spoilt.length)] = Math.floor(world.random() * 256);
  return spoilt;
}

async function notStuck<T>(work: Promise<T>): Promise<T> {
  const stuck = Promise.withResolvers<never>();
  const timer = setTimeout(() => stuck.reject(new Error("stuck")), STUCK);
  try {
    return await Promise.race([work, stuck.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function pick<T>(from: readonly T[], world: World): T {
  return from[Math.floor(world.random() * from.length)]!;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
