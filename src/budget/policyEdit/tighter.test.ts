import assert from "node:assert/strict";
import fc from "fast-check";
import { allowancesOf } from "../../../test/support/allowances.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import { formatAmount, ONE } from "../money.ts";
import { type Policy, PolicySchema } from "../policy/policy.ts";
import { judge, type Request } from "../verdict/verdict.ts";
import { isAtLeastAsTight } from "./tighter.ts";

const policy = (fields: object = {}) => PolicySchema.parse(fields);
const rule = (more: object = {}) => ({ id: "month", name: "Your month", limit: "20", ...more });
const tighter = (is: object, than: object) => isAtLeastAsTight(policy(is), policy(than));

describe("a tighter policy", () => {
  it("has lower thresholds, or one where there was none", () => {
    assert.ok(tighter({ confirm: { cost: "1" } }, { confirm: { cost: "1.00" } }));
    assert.ok(tighter({ confirm: { cost: "1" }, block: { shareOfLimit: 0.5 } }, { confirm: { cost: "2" } }));
    assert.ok(!tighter({ confirm: { cost: "2" } }, { confirm: { cost: "1" } }));
    assert.ok(!tighter({ confirm: {} }, { confirm: { shareOfLimit: 1 } }));
  });

  it("has fewer models, smaller allowances, and stricter rules", () => {
    const denied = (...models: string[]) => ({ models: { denied: models.map((model) => ({ model, reason: "" })) } });
    assert.ok(tighter(denied("a", "b"), denied("a")));
    assert.ok(!tighter(denied("b"), denied("a")));
    assert.ok(tighter({ models: { allowed: ["a"] } }, { models: { allowed: ["a", "b"] } }));
    assert.ok(!tighter({ models: { allowed: ["*"] } }, { models: { allowed: ["a"] } }));
    assert.ok(tighter({ allowances: [rule({ limit: "5" }), rule({ id: "day" })] }, { allowances: [rule()] }));
    assert.ok(!tighter({}, { allowances: [rule()] }));
    assert.ok(!tighter({ allowances: [rule({ limitFor: { ada: "30" } })] }, { allowances: [rule()] }));
    assert.ok(tighter({ hold: "worst", offline: "block", unknownPrice: "block" }, { unknownPrice: { assume: "x" } }));
    assert.ok(!tighter({ hold: "likely" }, {}));
    const grants = (each: string) => ({ grants: { autoApproveUpTo: { each, period: "9" } } });
    assert.ok(tighter({}, grants("5")) && tighter(grants("4"), grants("5")));
    assert.ok(!tighter(grants("5"), {}) && !tighter(grants("5"), grants("4")));
    const glass = (period: string) => ({ grants: { breakGlass: { period } } });
    assert.ok(
      tighter({}, glass("5")) && tighter(glass("4"), glass("5")) && !tighter(glass("5"), glass("4")) && !tighter(glass("5"), {}),
    );
    assert.ok(!tighter({ offline: "allow" }, {}));
    assert.ok(tighter({ assistants: { hookFailure: "block", subagents: 2, coldSession: "0.1" } }, {}));
    for (const looser of [{ unattended: "allow" }, { subagents: 9 }, { coldSession: "1" }])
      assert.ok(!tighter({ assistants: looser }, {}));
    const upTo = (amount: string, beyond = "block") => ({ offline: { upTo: amount, beyond } });
    assert.ok(tighter(upTo("1"), upTo("2", "confirm")) && tighter(upTo("1"), { offline: "allow" }));
    assert.ok(tighter({ offline: "block" }, upTo("0")) && tighter({}, upTo("1", "confirm")));
    assert.ok(!tighter(upTo("2"), upTo("1")) && !tighter(upTo("1", "confirm"), upTo("1")) && !tighter(upTo("1"), {}));
  });

  it("has lower limits for every role and person, and a smaller overdraft", () => {
    const one = (more: object) => ({ allowances: [rule(more)] });
    const role = (lead: string) => one({ limitForRole: { lead } });
    assert.ok(tighter(role("30"), role("40")) && tighter(one({}), role("40")) && !tighter(role("40"), one({})));
    assert.ok(tighter(role("10"), one({})) && !tighter(one({}), role("10")));
    const ada = (lead: string, limit: string) => one({ limitForRole: { lead }, limitFor: { ada: limit } });
    assert.ok(!tighter(ada("20", "5"), ada("10", "5")) && tighter(ada("10", "5"), ada("20", "5")));
    assert.ok(!tighter(one({ limitForRole: { lead: "10" } }), one({ limitFor: { ada: "5" } })));
    assert.ok(tighter(one({ overdraft: "1" }), one({ overdraft: "2" })) && !tighter(one({ overdraft: "1" }), one({})));
  });

  it("wants a purpose sooner, and is quiet longer or more sternly", () => {
    const purposes = (requiredAbove?: string, id = "a") => ({ purposes: { list: [{ id, name: id }], requiredAbove } });
    assert.ok(tighter(purposes("1"), purposes("2")) && tighter(purposes("1"), purposes()));
    assert.ok(!tighter(purposes("2"), purposes("1")) && !tighter(purposes(), purposes("1")));
    assert.ok(!tighter(purposes("1"), purposes("1", "b")) && !tighter(purposes("1"), {}));
    const night = { from: "22:00", to: "07:00" };
    assert.ok(
      tighter({ quietHours: [night] }, {}) && tighter({ quietHours: [{ ...night, effect: "block" }] }, { quietHours: [night] }),
    );
    assert.ok(
      !tighter({}, { quietHours: [night] }) && !tighter({ quietHours: [night] }, { quietHours: [{ ...night, to: "08:00" }] }),
    );
    assert.ok(!tighter({ quietHours: [night] }, { quietHours: [{ ...night, effect: "block" }] }));
  });

  it("is not told apart where other prices, periods or models of an allowance make them incomparable", () => {
    const one = { allowances: [rule({ models: ["a"] })] };
    for (const other of [
      { allowances: [rule()] },
      { ...one, timeZone: "Europe/Paris" },
      { ...one, tokenWeights: { input: 0.5 } },
    ]) {
      assert.ok(!tighter(one, other));
      assert.ok(!tighter(other, one));
    }
  });
});

/** Within the quiet hours below. */
const NIGHT = Date.parse("2026-11-24T23:00:00Z");

describe("of any two policies", () => {
  const usd = fc.integer({ min: 0, max: 300 }).map((cents) => formatAmount((BigInt(cents) * ONE) / 100n));
  const share = fc.constantFrom(0, 0.1, 0.5, 1);
  const thresholds = fc.record({ cost: usd, shareOfRemaining: share, shareOfLimit: share }, { requiredKeys: [] });
  const models = fc.constantFrom(
    {},
    { allowed: ["large"] },
    { allowed: ["large", "small"] },
    { denied: [{ model: "large", reason: "" }] },
  );
  const LIST = [
    { id: "fire", name: "Fire", exempt: true, skips: ["quietHours" as const] },
    { id: "work", name: "Work" },
  ];
  const QUIET = { from: "22:00", to: "07:00" };
  const policies = fc
    .record(
      {
        confirm: thresholds,
        block: thresholds,
        models,
        hold: fc.constantFrom("likely", "p90", "worst"),
        unknownPrice: fc.constantFrom("confirm", "block"),
        allowances: usd.map((limit) => [rule({ limit, overdraft: "0.5" }), rule({ id: "fire", purposes: ["fire"] })]),
        purposes: fc.record({ list: fc.constant(LIST), requiredAbove: usd }, { requiredKeys: ["list"] }),
        quietHours: fc.constantFrom([], [QUIET], [{ ...QUIET, effect: "block" }]),
      },
      { requiredKeys: ["allowances", "purposes"] },
    )
    .map(policy);
  /** Half of the pairs are one policy and a tightening of it. */
  const pairs = fc
    .tuple(policies, policies, fc.boolean())
    .map(([a, b, near]): [Policy, Policy] =>
      near
        ? [{ ...a, confirm: { ...a.confirm, ...b.confirm }, block: b.block, hold: b.hold, quietHours: b.quietHours }, a]
        : [a, b],
    );
  const count = fc.nat(60_000);
  const price: ModelPrice = {
    ...{ provider: "acme", model: "large", name: "Large", source: "catalogue" },
    rates: { input: "10000000", output: "50000000" },
  };
  const requests = fc
    .record({
      ...{ known: fc.boolean(), input: count, output: fc.tuple(count, count, count) },
      purpose: fc.constantFrom(undefined, "fire", "work", "unknown"),
    })
    .map(({ known, input, output, purpose }): Request => {
      const [likely, high, worst] = output.sort((a, b) => a - b);
      return {
        ref: { provider: "acme", model: "large" },
        at: NIGHT,
        ...(purpose && { purpose }),
        estimate: {
          input: { low: input, likely: input, high: input, exact: true },
          output: { likely: likely!, high: high!, worst: worst! },
        },
        price,
        priceKnown: known,
      };
    });
  const RANK = { allow: 0, confirm: 1, block: 2 };

  it("the tighter one never lets through what the other stops or asks about", () => {
    let compared = 0;
    fc.assert(
      fc.property(pairs, requests, usd, ([tight, loose], asked, spend) => {
        fc.pre(isAtLeastAsTight(tight, loose));
        compared++;
        const under = (one: Policy) => RANK[judge(asked, allowancesOf(one, spend), one).decision];
        assert.ok(under(tight) >= under(loose));
      }),
      { numRuns: 400, maxSkipsPerRun: 200 },
    );
    assert.ok(compared >= 400);
  });

  it("each is as tight as itself, and of two that are as tight as each other neither is milder", () => {
    fc.assert(
      fc.property(pairs, requests, usd, ([a, b], asked, spend) => {
        assert.ok(isAtLeastAsTight(a, a));
        if (!isAtLeastAsTight(a, b) || !isAtLeastAsTight(b, a)) return;
        const under = (one: Policy) => judge(asked, allowancesOf(one, spend), one).decision;
        assert.equal(under(a), under(b));
      }),
    );
  });
});
