import assert from "node:assert/strict";
import { alternativesTo, compareModels } from "../../budget/compare.ts";
import { PolicySchema } from "../../budget/policy.ts";
import { priceList } from "../../prices/priceRef.ts";
import type { Reader } from "../words.ts";
import { previewText, priceDetail } from "./text.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  now: 0,
};
const price = (model: string, input: string, output: string) => ({
  ...{ provider: "acme", model, name: `Acme ${model}`, rates: { input, output } },
  source: "catalogue" as const,
});
const compared = (policy: object) =>
  compareModels({
    refs: ["small", "large"].map((model) => ({ provider: "acme", model })),
    list: priceList({
      ...{ asOf: "2026-09-23", catalogue: "bundled" },
      models: [price("small", "150000", "600000"), price("large", "15000000", "75000000")],
    }),
    kind: "send",
    outputs: {},
    countFor: ({ model }) => ({ low: 9_000, likely: 10_000, high: 11_000, exact: model === "small" }),
    allowances: [
      {
        ...{ key: "k", id: "day", name: "Your $(bug) day", per: "developer", unit: "usd", limit: "15", softLimit: 0.8 },
        ...{ spend: "13", held: "0", ownFree: "0" },
        period: { kind: "day", start: "2026-11-01T00:00:00Z", resetsAt: "2026-11-02T00:00:00Z" },
      },
    ],
    policy: PolicySchema.parse(policy),
  });
const rowsOf = (policy: object) =>
  compared(policy).map((row, _, all) => previewText(row, alternativesTo(all, row.cost)[0], reader));
const rows = rowsOf({ confirm: { cost: "0.10" } });

describe("the preview", () => {
  it("has tokens, price range and share of what is left for each model", () => {
    assert.equal(rows[0]?.label, "$(pass) Acme small");
    assert.equal(rows[0]?.description, "acme · cheapest · <1% of what is left of Your $ (bug) day");
    assert.equal(rows[0]?.detail, "10k tokens · starts below $0.01, usually <$0.01");
  });

  it("says why a model would be asked about", () => {
    assert.equal(rows[1]?.label, "$(question) Acme large");
    assert.match(rows[1]?.detail ?? "", /^~10k tokens · starts around \$0\.15, usually \$0\.18–\$0\.32 · It may cost \$0\.32/);
  });

  it("says how many times less a dear one would cost on the cheapest", () => {
    // 10,000 x $15/M + 400 x $75/M = $0.18; 10,000 x $0.15/M + 400 x $0.60/M = $0.00174
    assert.match(rows[1]?.detail ?? "", / · 103 times less on Acme small$/);
    assert.doesNotMatch(rows[0]?.detail ?? "", /times less/);
  });

  it("shows no dollars for what a plan covers", () => {
    const plans = [{ name: "Ours", models: ["acme/large"], unit: "tokens", limit: "100000" }];
    const row = rowsOf({ plans }).find(({ label }) => label.includes("large"))!;
    assert.equal(row.detail, "~10k tokens · covered by Ours, takes about 13% of its month");
  });

  it("shows a model's price by the million tokens", () => {
    assert.equal(priceDetail(price("x", "2500000", "10000000"), reader), "$2.50 in, $10 out per 1M tokens");
  });
});
