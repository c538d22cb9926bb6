import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAmount, parseAmount } from "../../budget/money.ts";
import { DEFAULT_POLICY } from "../../budget/policy/policy.ts";
import { weightedUsage } from "../../budget/verdict/verdict.ts";
import { costOf, type ModelPrice, type PriceList } from "../../prices/rates.ts";
import { type Usage, usageOf } from "../../wire/usage.ts";
import type { OpenRecord } from "../ledger/records.ts";
import { drawn, extended, type SpentCall } from "./drawing.ts";
import type { GuardView } from "./judging.ts";

const ref = { provider: "copilot", model: "one" };
const price: ModelPrice = {
  ...{ ...ref, name: "One", source: "policy" },
  rates: { input: "3000000", cacheRead: "300000", output: "15000000" },
};
const prices: PriceList = { priceRef: "p", asOf: "2026-11-28", catalogue: "bundled", models: [price] };
const policy = { version: 1, author: "", note: "", createdAt: "2026-11-28T00:00:00Z", policy: DEFAULT_POLICY };
const view: GuardView = {
  ...{ account: "me", now: Date.parse("2026-11-28T09:00:00Z"), allowances: [], policy, prices, plans: [] },
  ...{ book: undefined, refused: undefined, stranger: false, missing: false },
};
const weigh = (usage: Usage) => weightedUsage(usage, DEFAULT_POLICY);

/** A turn that holds what so many tokens cost. */
function turnOf(heldUsage: Usage): OpenRecord {
  const held = { usd: formatAmount(costOf(heldUsage, price)), tokens: formatAmount(weigh(heldUsage)) };
  return {
    ...{
      id: "turn",
      account: "me",
      at: "2026-11-28T08:59:00.000Z",
      origin: "copilot",
      ...ref,
      price,
      priceRef: "p",
      policyVersion: 1,
    },
    ...{ heldUsage, held, allowances: ["k"], sent: true },
    holds: [
      { advance: "a", unit: "usd", amount: held.usd },
      { advance: "b", unit: "tokens", amount: held.tokens },
    ],
  };
}

const call = (usage: Usage): SpentCall => ({ id: "call", origin: "copilot", ref, usage, usageSource: "provider" });

describe("calls that are drawn from a turn's hold", () => {
  it("cost what they cost; what they take of the hold and what is left of it are never more than was set aside", () => {
    const usage = fc.record({ input: fc.nat(200_000), cacheRead: fc.nat(400_000), output: fc.nat(20_000) }).map(usageOf);
    const more = fc.oneof(
      { weight: 3, arbitrary: usage.map((one) => ({ call: one })) },
      usage.map((one) => ({ extend: one })),
    );
    fc.assert(
      fc.property(usage, fc.array(more, { maxLength: 12 }), (held, steps) => {
        let turn = turnOf(held);
        const aside = { usd: parseAmount(turn.held.usd), tokens: parseAmount(turn.held.tokens) };
        const taken = { usd: 0n, tokens: 0n };
        for (const step of steps) {
          if ("extend" in step) {
            const raised = extended(turn, step.extend, weigh);
            for (const unit of ["usd", "tokens"] as const) aside[unit] += raised.more[unit];
            turn = raised.record;
          } else {
            const { entry, used, turn: lowered } = drawn(call(step.call), view, turn);
            assert.equal(entry.cost, formatAmount(costOf(step.call, price)));
            for (const unit of ["usd", "tokens"] as const) {
              const part = parseAmount(entry.held[unit]);
              assert.ok(part <= used[unit] && part <= parseAmount(turn.held[unit]));
              taken[unit] += part;
            }
            turn = lowered!.record;
          }
          for (const { unit, amount } of turn.holds) {
            assert.equal(amount, turn.held[unit], "what is held in the advance is what the record says");
            assert.ok(parseAmount(amount) >= 0n && taken[unit] + parseAmount(amount) <= aside[unit]);
          }
          // What is charged when nobody sees the end is what is held, but for rounding.
          const charged = { usd: costOf(turn.heldUsage, price), tokens: weigh(turn.heldUsage) };
          for (const unit of ["usd", "tokens"] as const) {
            const above = charged[unit] - parseAmount(turn.held[unit]);
            assert.ok(above === 0n || above === 1n, `${above} of ${unit}`);
          }
        }
      }),
    );
  });

  it("are held by nothing where there is no turn", () => {
    const { entry, turn } = drawn(call(usageOf({ input: 1_000 })), view, undefined);
    assert.deepEqual([entry.cost, entry.held, turn], ["0.003", { usd: "0", tokens: "0" }, undefined]);
  });
});
