import assert from "node:assert/strict";
import fc from "fast-check";
import type { ModelPrice } from "../../prices/rates.ts";
import type { MachineAllowance } from "../allowance/allowance.ts";
import { inEnglish } from "../message.ts";
import { formatAmount, ONE, parseAmount } from "../money.ts";
import { type Policy, PolicySchema } from "../policy/policy.ts";
import { applicable, judge, type Request, type Verdict, weightedTokens } from "./verdict.ts";

/** $10 per million in, $50 per million out: 10,000 in and 2,000 out are 20 cents. */
const price: ModelPrice = {
  provider: "acme",
  model: "large",
  name: "Large",
  rates: { input: "10000000", output: "50000000" },
  source: "catalogue",
};
const free: ModelPrice = { ...price, provider: "local", rates: { input: "0", output: "0" }, source: "local" };

const request = (input = 10_000, more: Partial<Request> = {}): Request => ({
  ref: { provider: "acme", model: "large" },
  at: Date.parse("2026-11-24T12:00:00Z"),
  estimate: {
    input: { low: input, likely: input, high: input, exact: true },
    output: { likely: 400, high: 2_000, worst: 16_384 },
  },
  price,
  priceKnown: true,
  ...more,
});
const allowance = (more: Partial<MachineAllowance> = {}): MachineAllowance => ({
  key: "dev|p|2026-11",
  id: "dev",
  name: "Your month",
  per: "developer",
  unit: "usd",
  period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
  limit: "20",
  softLimit: 0.8,
  spend: "0",
  held: "0",
  ownFree: "0",
  ...more,
});
const policy = (more: object = {}): Policy => PolicySchema.parse(more);
const codes = ({ reasons }: Verdict) => reasons.map(({ code }) => code);
const texts = ({ reasons }: Verdict) => reasons.map(({ text }) => inEnglish(text));

describe("verdict", () => {
  it("allows with no reasons what is cheap, small and permitted, and says what it holds", () => {
    const verdict = judge(request(), [allowance()], policy());
    assert.deepEqual([verdict.decision, verdict.reasons], ["allow", []]);
    assert.deepEqual(verdict.hold, { usd: parseAmount("0.2"), tokens: 12_000n * ONE });
    assert.deepEqual(Object.values(verdict.cost).map(formatAmount), ["0.1", "0.12", "0.2", "0.9192"]);
    assert.deepEqual([verdict.binding?.allowance.id, verdict.binding?.share], ["dev", 0.01]);
  });

  it("needs no allowance at all", () => {
    const verdict = judge(request(), [], policy());
    assert.deepEqual([verdict.decision, verdict.binding], ["allow", undefined]);
  });

  for (const [what, rules, allowances, input, decision, expected, text] of [
    [
      "above the cost to ask at",
      {},
      {},
      41_000,
      "confirm",
      ["aboveConfirm"],
      "It may cost $0.51, more than the $0.50 above which you are asked",
    ],
    ["exactly at it", {}, {}, 40_000, "allow", [], undefined],
    [
      "above a quarter of what is left",
      {},
      { spend: "19.3" },
      10_000,
      "confirm",
      ["shareOfRemaining"],
      "It may take 29% of what is left of Your month",
    ],
    ["exactly a quarter", {}, { spend: "19.2" }, 10_000, "allow", [], undefined],
    [
      "all that is left",
      {},
      { spend: "19.8" },
      10_000,
      "confirm",
      ["shareOfRemaining"],
      "It may take 100% of what is left of Your month",
    ],
    [
      "a nano more than is left",
      {},
      { spend: "19.800000001" },
      10_000,
      "block",
      ["doesNotFit"],
      "It needs $0.20, but Your month has only $0.20 left",
    ],
    ["nothing left", {}, { spend: "20" }, 10_000, "block", ["spent"], "Your month is used up ($20)"],
    ["overdrawn", {}, { spend: "21" }, 10_000, "block", ["spent"], "Your month is used up ($20)"],
    ["nothing left of an allowance for other models", {}, { spend: "20", models: ["gpt-*"] }, 10_000, "allow", [], undefined],
    [
      "above the cost to stop at",
      { block: { cost: "0.10" } },
      {},
      10_000,
      "block",
      ["aboveBlock"],
      "It may cost $0.20; requests above $0.10 are stopped",
    ],
    [
      "a model the team denies",
      { models: { denied: [{ model: "acme/*", reason: "use small" }] } },
      {},
      10_000,
      "block",
      ["modelDenied"],
      "Your team does not allow large: use small",
    ],
    [
      "a model that is not listed",
      { models: { allowed: ["small"] } },
      {},
      10_000,
      "block",
      ["modelNotAllowed"],
      "large is not on your team's list of models",
    ],
    [
      "several rules, the graver first",
      { block: { cost: "0.55" } },
      { spend: "19" },
      50_000,
      "block",
      ["aboveBlock", "aboveConfirm", "shareOfRemaining"],
      "It may cost $0.60; requests above $0.55 are stopped",
    ],
  ] as const)
    it(`${what}: ${decision}`, () => {
      const verdict = judge(request(input), [allowance(allowances as Partial<MachineAllowance>)], policy(rules));
      assert.deepEqual([verdict.decision, codes(verdict), texts(verdict)[0]], [decision, expected, text]);
    });

  for (const [unknownPrice, decision] of [
    ["confirm", "confirm"],
    ["block", "block"],
  ] as const)
    it(`an unknown price: ${decision} by policy, never free`, () => {
      const verdict = judge(request(10_000, { priceKnown: false }), [], policy({ unknownPrice }));
      assert.deepEqual([verdict.decision, codes(verdict), verdict.priceKnown], [decision, ["unknownPrice"], false]);
      assert.ok(verdict.hold.usd > 0n);
    });

  it("lets what costs nothing go on when the money is spent, but not when the tokens are", () => {
    const local = request(10_000, { price: free });
    const spent = judge(local, [allowance({ spend: "20" })], policy());
    assert.deepEqual([spent.decision, spent.reasons], ["allow", []]);
    const tokens = judge(local, [allowance({ unit: "tokens", limit: "1000000", spend: "1000000" })], policy());
    assert.deepEqual([tokens.decision, codes(tokens)], ["block", ["spent"]]);
  });

  it("holds what the policy says", () => {
    const estimate = { ...request().estimate, input: { low: 9_000, likely: 10_000, high: 11_000, exact: false } };
    const holds = (["likely", "p90", "worst"] as const).map((hold) => judge(request(0, { estimate }), [], policy({ hold })).hold);
    assert.deepEqual(
      holds.map(({ usd, tokens }) => [formatAmount(usd), formatAmount(tokens)]),
      [
        ["0.12", "10400"],
        ["0.21", "13000"],
        ["0.9292", "27384"],
      ],
    );
  });

  it("needs every allowance, and the binding one is that with the least headroom", () => {
    const roomy = allowance({ id: "roomy", limit: "100" });
    const tight = allowance({ id: "tight", limit: "1" });
    const spent = allowance({ id: "spent", spend: "20" });
    const tooSmall = allowance({ id: "tooSmall", limit: "0.05" });
    assert.equal(judge(request(), [roomy, tight], policy()).binding?.allowance.id, "tight");
    const verdict = judge(request(), [roomy, tooSmall, spent], policy());
    assert.deepEqual(
      [verdict.decision, codes(verdict), verdict.binding?.allowance.id],
      ["block", ["doesNotFit", "spent"], "spent"],
    );
  });

  it("draws on the allowances whose models it names", () => {
    const ids = [allowance(), allowance({ id: "x", models: ["acme/*"] }), allowance({ id: "y", models: [] })];
    assert.deepEqual(
      applicable(ids, { provider: "acme", model: "large" }).map(({ id }) => id),
      ["dev", "x"],
    );
  });

  it("draws on the allowances of its project, and on none of a project where it has none", () => {
    const ids = [
      allowance(),
      allowance({ id: "web", projects: ["shop/*"] }),
      allowance({ id: "both", projects: ["*"], models: ["x"] }),
    ];
    const drawn = (work: object) => applicable(ids, { provider: "acme", model: "large" }, work).map(({ id }) => id);
    assert.deepEqual([drawn({ project: "shop/web" }), drawn({ project: "shop" }), drawn({})], [["dev", "web"], ["dev"], ["dev"]]);
    const spent = [allowance({ id: "web", projects: ["shop/*"], spend: "20" })];
    assert.equal(judge({ ...request(), project: "shop/web" }, spent, policy()).decision, "block");
    assert.notEqual(judge({ ...request(), project: "blog" }, spent, policy()).decision, "block");
  });

  it("asks and blocks above shares of what is left and of the whole, each with its own words", () => {
    const left = allowance({ spend: "19" }); // $1 of $20
    const shares = (confirm: object, block: object) => judge(request(), [left], policy({ confirm, block }));
    assert.deepEqual(texts(shares({ shareOfLimit: 0.005 }, {})), ["It may take 1% of Your month; above 1% you are asked"]);
    assert.deepEqual(texts(shares({}, { shareOfRemaining: 0.1 })), [
      "It may take 20% of what is left of Your month; above 10% requests are stopped",
    ]);
    const both = shares({ cost: "0.1" }, { shareOfLimit: 0.009 });
    assert.deepEqual([both.decision, codes(both)], ["block", ["shareOfLimit", "aboveConfirm"]]);
    assert.equal(shares({ shareOfLimit: 0.01 }, { shareOfLimit: 0.02, shareOfRemaining: 0.2 }).decision, "allow");
  });

  it("warns of what may go, and of nothing that is asked about anyway", () => {
    const warned = (confirm: object) =>
      judge(request(), [allowance()], policy({ warn: { cost: "0.1", shareOfLimit: 0.001 }, confirm }));
    const { decision, warnings } = warned({});
    assert.deepEqual([decision, warnings.map(inEnglish)], ["allow", ["It may cost $0.20", "It may take 1% of Your month"]]);
    assert.deepEqual(warned({ cost: "0.1" }).warnings, []);
  });

  it("weighs tokens by class", () => {
    const usage = { input: 100, cacheRead: 1_000, cacheWrite: 10, output: 7 };
    assert.equal(weightedTokens(usage, policy()), 217n * ONE);
    assert.equal(weightedTokens({ cacheRead: 1 }, policy({ tokenWeights: { cacheRead: 0.123456789 } })), 123_456_789n);
  });
});

describe("verdict, for any request", () => {
  const RANK = { allow: 0, confirm: 1, block: 2 };
  const usd = fc.integer({ min: 0, max: 3_000 }).map((cents) => formatAmount((BigInt(cents) * ONE) / 100n));
  const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
  const thresholds = fc.record({ cost: usd, shareOfRemaining: share, shareOfLimit: share }, { requiredKeys: [] });
  const policies = fc
    .record(
      {
        warn: thresholds,
        confirm: thresholds,
        block: thresholds,
        hold: fc.constantFrom("likely", "p90", "worst"),
        unknownPrice: fc.constantFrom("confirm", "block"),
        models: fc.constantFrom({}, { allowed: ["small"] }, { denied: [{ model: "large", reason: "" }] }),
      },
      { requiredKeys: [] },
    )
    .map(policy);
  const allowances = fc.array(
    fc
      .record({
        unit: fc.constantFrom("usd" as const, "tokens" as const),
        limit: usd,
        spend: usd,
        held: usd,
        ownFree: usd,
        models: fc.constantFrom(undefined, ["large"], ["small"]),
      })
      .map(({ models, unit, ...figures }) => {
        const scaled = Object.entries(figures).map(([name, amount]) => [
          name,
          unit === "tokens" ? formatAmount(parseAmount(amount) * 1000n) : amount,
        ]);
        return allowance({ unit, ...Object.fromEntries(scaled), ...(models && { models }) });
      }),
    { maxLength: 3 },
  );
  const count = fc.nat(300_000);
  const requests = fc
    .record({
      counts: fc.tuple(count, count, count),
      outputs: fc.tuple(count, count, count),
      priceKnown: fc.boolean(),
      price: fc.constantFrom(price, free),
    })
    .map(({ counts, outputs, ...more }) => {
      const [low, likely, high] = counts.sort((a, b) => a - b);
      const [half, most, worst] = outputs.sort((a, b) => a - b);
      const estimate = {
        input: { low: low!, likely: likely!, high: high!, exact: false },
        output: { likely: half!, high: most!, worst: worst! },
      };
      return request(0, { ...more, estimate });
    });

  it("gives reasons for everything but a plain allow, the gravest first, and the decision is theirs", () => {
    fc.assert(
      fc.property(requests, allowances, policies, (asked, from, rules) => {
        const { decision, reasons, warnings } = judge(asked, from, rules);
        assert.equal(reasons.length === 0, decision === "allow");
        assert.ok(warnings.length === 0 || decision === "allow");
        assert.deepEqual(
          reasons.map(({ effect }) => RANK[effect]),
          reasons.map(({ effect }) => RANK[effect]).sort((a, b) => b - a),
        );
        if (reasons[0]) assert.equal(reasons[0].effect, decision);
        for (const { text } of reasons) assert.doesNotMatch(inEnglish(text), /\{\d\}/);
      }),
      { numRuns: 500 },
    );
  });

  it("never admits more than is left of any allowance that applies", () => {
    fc.assert(
      fc.property(requests, allowances, policies, (asked, from, rules) => {
        const { decision, hold } = judge(asked, from, rules);
        if (decision === "block") return;
        for (const { limit, spend, held, ownFree, unit } of applicable(from, asked.ref)) {
          const others = parseAmount(held) - parseAmount(ownFree);
          const used = parseAmount(spend) + (others > 0n ? others : 0n);
          assert.ok(hold[unit] === 0n || used + hold[unit] <= parseAmount(limit));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never gets milder by more spend", () => {
    fc.assert(
      fc.property(requests, allowances, policies, usd, (asked, from, rules, more) => {
        const later = from.map((one) => ({ ...one, spend: formatAmount(parseAmount(one.spend) + parseAmount(more)) }));
        assert.ok(RANK[judge(asked, later, rules).decision] >= RANK[judge(asked, from, rules).decision]);
      }),
      { numRuns: 500 },
    );
  });

  it("never gets milder by a larger estimate", () => {
    fc.assert(
      fc.property(requests, allowances, policies, count, count, (asked, from, rules, input, output) => {
        const { estimate } = asked;
        const { low, likely, high, exact } = estimate.input;
        const larger = {
          input: { low: low + input, likely: likely + input, high: high + input, exact },
          output: {
            likely: estimate.output.likely + output,
            high: estimate.output.high + output,
            worst: estimate.output.worst + output,
          },
        };
        const before = judge(asked, from, rules);
        const after = judge({ ...asked, estimate: larger }, from, rules);
        assert.ok(RANK[after.decision] >= RANK[before.decision]);
        assert.ok(after.hold.usd >= before.hold.usd && after.hold.tokens >= before.hold.tokens);
      }),
      { numRuns: 500 },
    );
  });

  it("never gets milder by a lower cost to ask at", () => {
    fc.assert(
      fc.property(requests, allowances, policies, usd, usd, (asked, from, rules, a, b) => {
        const [low, high] = parseAmount(a) < parseAmount(b) ? [a, b] : [b, a];
        const asking = (cost: string) => judge(asked, from, { ...rules, confirm: { ...rules.confirm, cost } });
        assert.ok(RANK[asking(low).decision] >= RANK[asking(high).decision]);
      }),
      { numRuns: 500 },
    );
  });
});
