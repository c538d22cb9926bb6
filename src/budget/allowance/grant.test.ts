import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAmount, ONE, parseAmount } from "../money.ts";
import { DEFAULT_POLICY, PolicySchema } from "../policy/policy.ts";
import {
  approvesItself,
  breakGlassLeft,
  decided,
  type GrantDecision,
  type GrantState,
  grantEnd,
  grantStateAt,
  limitAt,
  raisedBy,
} from "./grant.ts";

const instant = fc.integer({ min: 0, max: 1_000 });
const amount = fc.bigInt({ min: 1n, max: 100n * ONE });
const raises = fc.array(fc.record({ amount, until: instant }), { maxLength: 6 });
const decisions = fc.array(fc.constantFrom<GrantDecision>("approve", "deny", "cancel"), { minLength: 1, maxLength: 6 });

describe("a grant", () => {
  it("is decided once: the first decision holds whatever comes after it", () => {
    fc.assert(
      fc.property(decisions, (made) => {
        let state: GrantState = "requested";
        for (const decision of made) state = decided(state, decision) ?? state;
        assert.equal(state, decided("requested", made[0]!));
      }),
    );
  });

  it("expires at its instant while it is asked for or in force, for good, and can then be decided no more", () => {
    fc.assert(
      fc.property(instant, instant, fc.constantFrom<GrantState>("requested", "approved"), (until, now, state) => {
        assert.equal(grantStateAt(state, until, now), now < until ? state : "expired");
        assert.equal(grantStateAt(grantStateAt(state, until, until), until, now), "expired");
      }),
    );
    assert.deepEqual(
      (["denied", "cancelled"] as const).map((state) => grantStateAt(state, 5, 9)),
      ["denied", "cancelled"],
    );
    for (const decision of ["approve", "deny", "cancel"] as const) assert.equal(decided("expired", decision), undefined);
  });

  it("lasts as long as was asked for, and never beyond the period", () => {
    fc.assert(
      fc.property(fc.option(instant, { nil: undefined }), instant, (asked, resetsAt) => {
        const end = grantEnd(asked, resetsAt);
        assert.ok(end <= resetsAt && (end === asked || end === resetsAt));
      }),
    );
  });
});

describe("a raised limit", () => {
  it("only falls as time goes on, and is the policy's own when all grants have ended", () => {
    fc.assert(
      fc.property(raises, instant, instant, (given, a, b) => {
        const [early, late] = [Math.min(a, b), Math.max(a, b)];
        assert.ok(raisedBy(given, early) >= raisedBy(given, late));
        assert.ok(raisedBy(given, late) >= 0n);
        assert.equal(raisedBy(given, 1_001), 0n);
      }),
    );
  });

  it("is the same on a machine that heard of it earlier as at the endpoint now", () => {
    fc.assert(
      fc.property(amount, raises, instant, instant, (own, given, a, b) => {
        const [heard, now] = [Math.min(a, b), Math.max(a, b)];
        const running = given.filter(({ until }) => heard < until);
        const told = {
          limit: formatAmount(own + raisedBy(given, heard)),
          grants: running.map(({ amount: by, until }) => ({ amount: formatAmount(by), until: new Date(until).toISOString() })),
        };
        assert.equal(limitAt(told, now), own + raisedBy(given, now));
      }),
    );
  });
});

describe("the policy's own approval", () => {
  it("let a person take so much of an allowance in a period by themselves, and no tokens", () => {
    const policy = PolicySchema.parse({ grants: { breakGlass: { period: "20" } } });
    const left = (unit: "usd" | "tokens", before: string) => breakGlassLeft(policy, unit, parseAmount(before));
    assert.deepEqual(
      [left("usd", "0"), left("usd", "15"), left("usd", "25"), left("tokens", "0")],
      [20n * ONE, 5n * ONE, 0n, 0n],
    );
    assert.equal(breakGlassLeft(PolicySchema.parse({}), "usd", 0n), 0n);
  });

  const policy = (each: string, period: string) => PolicySchema.parse({ grants: { autoApproveUpTo: { each, period } } });

  it("is nobody's where the policy says nothing: a lead decides", () => {
    assert.equal(approvesItself(DEFAULT_POLICY, { unit: "usd", amount: 1n }, 0n), false);
  });

  it("is not for tokens, which have no price", () => {
    assert.equal(approvesItself(policy("5", "10"), { unit: "tokens", amount: 1n }, 0n), false);
  });

  it("gives no more at once, and in a period, than it says; and refuses nothing that fits", () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 20 }), amount, amount, (asked, each, period) => {
        const rules = policy(formatAmount(each), formatAmount(period));
        let given = 0n;
        for (const one of asked) {
          const fits = one <= each && given + one <= period;
          assert.equal(approvesItself(rules, { unit: "usd", amount: one }, given), fits);
          if (fits) given += one;
        }
        assert.ok(given <= period);
      }),
    );
  });
});
