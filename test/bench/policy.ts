import { readFileSync } from "node:fs";
import { join } from "node:path";
import { median, type Row, row } from "../../scripts/bench/row.ts";
import { command } from "../../scripts/command.ts";
import { root } from "../../scripts/root.ts";
import { type MachineAllowance, ruledBy } from "../../src/budget/allowance/allowance.ts";
import { periodAt } from "../../src/budget/period/period.ts";
import { PolicySchema } from "../../src/budget/policy/policy.ts";
import { pricingOf } from "../../src/budget/pricing/pricing.ts";
import { judge } from "../../src/budget/verdict/verdict.ts";
import { bundledCatalogue } from "../../src/prices/catalogue.ts";
import { pushToApplied } from "./policy/push.ts";

const ROUNDS = 5;
/** How long a round judges (ms). */
const LASTS = 500;

/** The policy: how many verdicts there are in a second, and how soon a push is where people look. */
export async function bench(): Promise<Row[]> {
  await command(process.execPath, ["esbuild.mjs", "--production"], { cwd: root });
  return [await verdicts(), ...(await pushToApplied())];
}

/** Verdicts by the sample's policy, as a keystroke's preview and a request both ask for them. */
async function verdicts(): Promise<Row> {
  const policy = PolicySchema.parse(JSON.parse(readFileSync(join(root, "sample", "policy.json"), "utf8")));
  const list = (await bundledCatalogue()).at(Date.now());
  const requests = list.models.slice(0, 50).map(({ provider, model }, i) => {
    const ref = { provider, model };
    const [likely, output] = [100 * (i + 1), 20 * (i + 1)];
    const input = { low: likely, likely, high: 2 * likely, exact: false };
    const estimate = { input, output: { likely: output, high: 4 * output, worst: 32_000 } };
    return { ref, at: Date.now(), estimate, ...pricingOf(list, ref, policy, []) };
  });
  const allowances = policy.allowances.map((rule): MachineAllowance => {
    const figures = { limit: rule.limit, softLimit: policy.softLimit, spend: "1", held: "1", ownFree: "0.5" };
    return { key: rule.id, ...ruledBy(rule, periodAt(rule.period, policy.timeZone, Date.now()), policy), ...figures };
  });
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < LASTS) {
      for (const request of requests) judge(request, allowances, policy);
      count += requests.length;
    }
    if (round > 0) rates.push((1000 * count) / (performance.now() - start));
  }
  return row({ name: "verdicts by the sample's policy", unit: "1/s", ours: median(rates), peers: {}, better: "more" });
}
