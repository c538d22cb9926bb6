import { setTimeout } from "node:timers/promises";
import { median } from "../../../scripts/bench/row.ts";
import { CORPORA, DENSE, HOSTILE } from "./corpora.ts";
import { ENGINES, type EngineName } from "./engines.ts";

/**
 * One measurement in a process of its own: `node measure.ts ENGINE TASK [TEXT RUNS]`. Prints one line of JSON, an object of figures by name:
 * - `speed`: of every corpus `fresh` and `warm` megabytes of UTF-8 a second, and its `tokens`;
 * - `piece TEXT RUNS`: the median `rate` (MB/s) on so many hostile or dense texts of a kind, and the `tokens` of the first;
 * - `growth`: of each kind of them, how many times longer twice the text takes;
 * - `start`: `first` milliseconds from nothing to the count of a kilobyte, `megabyte` milliseconds from there to that of a megabyte, and
 *   `memory`, the megabytes that the process has grown by.
 */

const [engine, task, kind, runs] = process.argv.slice(2) as [EngineName, keyof typeof TASKS, string, string];

const TASKS = {
  async speed() {
    const count = await ENGINES[engine]();
    const speeds: Record<string, { fresh: number; warm: number; tokens: number }> = {};
    for (const [name, corpus] of Object.entries(CORPORA)) {
      const { warm, fresh } = corpus();
      for (let round = 0; round < 4; round++) count(warm.slice(round * 100_000, round * 100_000 + 250_000));
      await compiled();
      count(warm.slice(0, 100_000)); // what was idle is out of the processor's caches
      const [first, tokens] = timed(() => count(fresh));
      const [second] = timed(() => count(fresh));
      speeds[name] = { fresh: rate(fresh, first), warm: rate(fresh, second), tokens };
    }
    return speeds;
  },

  async piece() {
    const count = await ENGINES[engine]();
    const textOf = { ...HOSTILE, ...DENSE }[kind]!;
    const { warm } = CORPORA.Chinese!(); // of unbroken pieces too, but short ones
    for (let round = 0; round < 4; round++) count(warm.slice(0, 100_000));
    for (let round = 0; round < 20; round++) count(textOf(round).slice(0, 500));
    await compiled();
    const found = Array.from({ length: Number(runs) }, (_, run) => {
      const text = textOf(100 + run);
      const [ms, tokens] = timed(() => count(text));
      return { rate: rate(text, ms), tokens };
    });
    return { rate: median(found.map((one) => one.rate)), tokens: found[0]!.tokens };
  },

  async growth() {
    const count = await ENGINES[engine]();
    const { warm } = CORPORA.Chinese!();
    for (let round = 0; round < 4; round++) count(warm);
    await compiled();
    return Object.fromEntries(
      Object.entries({ ...HOSTILE, ...DENSE }).map(([name, textOf]) => {
        const times = (parts: number, from: number) =>
          Array.from({ length: 7 }, (_, run) => {
            const text = Array.from({ length: parts }, (_, part) => textOf(from + parts * run + part)).join("");
            return timed(() => count(text))[0];
          });
        return [name, median(times(4, 100)) / median(times(2, 200))];
      }),
    );
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
