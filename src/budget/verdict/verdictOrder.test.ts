import assert from "node:assert/strict";
import fc from "fast-check";
import { allowancesOf } from "../../../test/support/allowances.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import type { RequestEstimate } from "../estimate/estimate.ts";
import { formatAmount, ONE } from "../money.ts";
import { type Policy, PolicySchema } from "../policy/policy.ts";
import { applicable, judge, type Request, type Verdict } from "./verdict.ts";

/** Any request to one model, for any work, at any hour, under any policy. */

const RANK = { allow: 0, confirm: 1, block: 2 };
const usd = fc.integer({ min: 0, max: 300 }).map((cents) => formatAmount((BigInt(cents) * ONE) / 100n));
const share = fc.constantFrom(0, 0.1, 0.5, 1);
const thresholds = fc.record({ cost: usd, shareOfRemaining: share, shareOfLimit: share }, { requiredKeys: [] });
const LIST = [
  { id: "fire", name: "Fire", exempt: true, skips: ["quietHours", "confirm"] },
  { id: "work", name: "Work" },
  { id: "night", name: "Night shift", skips: ["quietHours"] },
];
const RULES = [
  { id: "month", name: "Your month", overdraft: "0.5" },
  { id: "ferry", name: "Ferry", projects: ["fernway/*"], period: "week" },
  { id: "large", name: "Large models", models: ["large"], unit: "tokens", per: "team" },
  { id: "fire", name: "Fires", purposes: ["fire"] },
];
const allowanceRules = fc.tuple(usd, usd, usd, usd).map((limits) =>
  limits.map((limit, index) => ({
    ...RULES[index]!,
    limit: RULES[index]!.unit === "tokens" ? `${limit.replace(".", "")}0` : limit,
  })),
);
const policies = fc.record({
  confirm: thresholds,
  block: thresholds,
  warn: thresholds,
  allowances: allowanceRules,
  purposes: fc.record({ list: fc.constant(LIST), requiredAbove: usd }, { requiredKeys: ["list"] }),
  quietHours: fc.constantFrom([], [{ from: "22:00", to: "07:00" }], [{ from: "12:00", to: "12:00", effect: "block" }]),
  models: fc.constantFrom({}, { allowed: ["small"] }, { denied: [{ model: "large", reason: "no" }] }),
  hold: fc.constantFrom("likely", "p90", "worst"),
  unknownPrice: fc.constantFrom("confirm", "block"),
});
const price: ModelPrice = {
  ...{ provider: "acme", model: "large", name: "Large", source: "catalogue" },
  rates: { input: "10000000", output: "50000000" },
};
const count = fc.nat(60_000);
const estimates = fc
  .tuple(fc.tuple(count, count, count), fc.tuple(count, count, count))
  .map(([input, output]): RequestEstimate => {
    const [low, likely, high] = input.sort((a, b) => a - b) as [number, number, number];
    const [usual, most, worst] = output.sort((a, b) => a - b) as [number, number, number];
    return { input: { low, likely, high, exact: false }, output: { likely: usual, high: most, worst } };
  });
const requests = fc
  .record({
    estimate: estimates,
    at: fc.integer({ min: Date.parse("2026-11-24"), max: Date.parse("2026-11-26") }),
    project: fc.constantFrom(undefined, "fernway/ferry", "blog"),
    purpose: fc.constantFrom(undefined, "fire", "work", "night", "unknown"),
    priceKnown: fc.boolean(),
  })
  .map(
    ({ project, purpose, ...asked }): Request => ({
      ...{ ref: { provider: "acme", model: "large" }, price, ...asked },
      ...(project && { project }),
      ...(purpose && { purpose }),
    }),
  );
const codes = ({ reasons }: Verdict) => [...new Set(reasons.map(({ code }) => code))].sort();

describe("a verdict on any request", () => {
  it("is no worse for a request that is smaller in every figure, and for the same model, purpose, project and hour", () => {
    const smaller = (part: number, of: RequestEstimate): RequestEstimate => {
      const cut = (tokens: number) => Math.floor(tokens * part);
      const { input, output } = of;
      return {
        input: { low: cut(input.low), likely: cut(input.likely), high: cut(input.high), exact: input.exact },
        output: { likely: cut(output.likely), high: cut(output.high), worst: cut(output.worst) },
      };
    };
    fc.assert(
      fc.property(requests, policies, usd, fc.double({ min: 0, max: 1, noNaN: true }), (asked, fields, spend, part) => {
        const policy = PolicySchema.parse(fields);
        const allowances = allowancesOf(policy, spend);
        const [large, small] = [asked, { ...asked, estimate: smaller(part, asked.estimate) }].map((one) =>
          judge(one, allowances, policy),
        );
        assert.ok(RANK[small!.decision] <= RANK[large!.decision]);
      }),
      { numRuns: 300 },
    );
  });

  it("names every rule that fires, and no other: what it says is what each rule says alone", () => {
    const alone = ({
      confirm,
      block,
      models,
      unknownPrice,
      purposes,
      quietHours,
      hold,
      allowances,
    }: Policy): Partial<Policy>[] => {
      const always = { hold, allowances, purposes: { list: purposes.list } };
      const parts = [{ confirm }, { block }, { models }, { unknownPrice }, { purposes }, { quietHours }];
      return parts.map((part) => ({ ...always, confirm: {}, ...part }));
    };
    fc.assert(
      fc.property(requests, policies, usd, (asked, fields, spend) => {
        const policy = PolicySchema.parse(fields);
        const allowances = allowancesOf(policy, spend);
        const each = alone(policy).flatMap((one) => codes(judge(asked, allowances, { ...PolicySchema.parse({}), ...one })));
        assert.deepEqual(codes(judge(asked, allowances, policy)), [...new Set(each)].sort());
      }),
      { numRuns: 300 },
    );
  });

  it("draws with an exempt purpose on allowances of that purpose alone, and without on none of them", () => {
    fc.assert(
      fc.property(requests, policies, (asked, fields) => {
        const policy = PolicySchema.parse(fields);
        const drawn = applicable(allowancesOf(policy, "0"), asked.ref, asked).map(({ id }) => id);
        if (asked.purpose === "fire") assert.deepEqual(drawn, ["fire"]);
        else assert.ok(drawn.includes("month") && !drawn.includes("fire"));
      }),
    );
  });
});
