import { setTimeout } from "node:timers/promises";
import { CORPORA, DENSE, HOSTILE } from "./corpora.ts";
import { ENGINES, type EngineName } from "./engines.ts";

/**
 * One measurement in a process of its own: `node measure.ts ENGINE TASK [TEXT]`. Prints one line of JSON, an object of figures by name:
 * - `speed`: of every corpus `fresh` and `warm` megabytes of UTF-8 a second, and its `tokens`;
 * - `piece TEXT`: `rate` (MB/s) and `tokens` of one of the hostile or dense texts;
 * - `start`: `first` milliseconds from nothing to the count of a kilobyte, `megabyte` milliseconds from there to that of a megabyte, and
 *   `memory`, the megabytes that the process has grown by.
 */

const [engine, task, text] = process.argv.slice(2) as [EngineName, keyof typeof TASKS, string];

const TASKS = {
  async speed() {
    const count = await ENGINES[engine]();
    const speeds: Record<string, { fresh: number; warm: number; tokens: number }> = {};
    for (const [name, corpus] of Object.entries(CORPORA)) {
      const { warm, fresh } = corpus();
      for (let round = 0; round < 3; round++) count(warm);
      await compiled();
      const [first, tokens] = timed(() => count(fresh));
      const [second] = timed(() => count(fresh));
      speeds[name] = { fresh: rate(fresh, first), warm: rate(fresh, second), tokens };
    }
    return speeds;
  },

  async piece() {
    const count = await ENGINES[engine]();
    const whole = { ...HOSTILE, ...DENSE }[text]!();
    const { warm } = CORPORA.Chinese!(); // of unbroken pieces too, but short ones
    for (let round = 0; round < 5; round++) count(warm);
    for (let round = 0; round < 20; round++) count(whole.slice(0, 500));
    await compiled();
    const [ms, tokens] = timed(() => count(whole));
    return { rate: rate(whole, ms), tokens };
  },

  async start() {
    const megabyte = CORPORA["prose (Markdown)"]!().fresh;
    const kilobyte = megabyte.slice(0, 1000);
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const count = await ENGINES[engine]();
    const kilobyteTokens = count(kilobyte);
    const first = performance.now() - start;
    const memory = (process.memoryUsage().rss - before) / 1e6;
    const [ms, tokens] = timed(() => count(megabyte));
    return { first, megabyte: ms, memory, tokens: kilobyteTokens + tokens };
  },
};

/** Until what the engine compiles on other threads should be ready. */
function compiled(): Promise<void> {
  return setTimeout(300);
}

function timed(run: () => number): [milliseconds: number, result: number] {
  const start = performance.now();
  const result = run();
  return [performance.now() - start, result];
}

/** Megabytes of UTF-8 a second. */
function rate(content: string, milliseconds: number): number {
  return Buffer.byteLength(content) / 1e3 / milliseconds;
}

console.log(JSON.stringify(await TASKS[task]()));
