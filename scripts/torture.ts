import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { load, namesIn } from "./bench/modules.ts";

/** `npm run torture [-- NAME… [--seed N] [--count N]]`: the heavy fault tests at full count. The seed is printed, and replays a run. */

/** What each module of `test/torture` exports as `torture`; it throws when what it tortures breaks. */
export type Torture = (options: { seed: number; count?: number; log: (line: string) => void }) => Promise<void>;

const folder = "test/torture";

try {
  const options = { seed: { type: "string" }, count: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const seed = values.seed === undefined ? randomInt(2 ** 31) : wholeNumber("seed", values.seed);
  const count = values.count === undefined ? {} : { count: wholeNumber("count", values.count) };
  for (const name of positionals.length > 0 ? positionals : namesIn(folder)) {
    const torture = await load<Torture>(folder, name, "torture");
    console.log(`${name}: seed ${seed}`);
    const start = performance.now();
    await torture({ seed, ...count, log: (line) => console.log(`  ${line}`) });
    console.log(`${name}: passed in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
} catch (error) {
  console.error((error as Error).stack);
  console.error(`usage: npm run torture [-- NAME… [--seed N] [--count N]], with NAME one of ${namesIn(folder).join(", ")}`);
  process.exitCode = 1;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} takes a whole number`);
  return Number(text);
}
