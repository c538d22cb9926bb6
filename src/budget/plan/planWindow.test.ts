import assert from "node:assert/strict";
import fc from "fast-check";
import type { ModelPrice } from "../../prices/rates.ts";
import { usageOf } from "../../wire/usage.ts";
import { formatAmount, type Nano, ONE } from "../money.ts";
import { type Plan, PlanSchema } from "./plan.ts";
import { type PlanMeter, type PlanWindow, planFiguresAt, tightestPlan, usedOf, withUse } from "./planWindow.ts";

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(`2026-11-${text}Z`);
const iso = (instant: number) => new Date(instant).toISOString().slice(0, 16);

/** The window after uses of 1 at these instants, heard of in this order. */
function windowAfter(kind: Plan["window"], ...uses: number[]): PlanWindow {
  return uses.reduce<PlanWindow | undefined>((window, use) => withUse(window, kind, use, ONE), undefined)!;
}
const words = ({ start, end, used }: PlanWindow) => [iso(start), iso(end), formatAmount(used)];

describe("a plan's window", () => {
  it("of five hours runs from the first use; the first use after its end begins the next", () => {
    const first = [at("24T09:10"), at("24T11:00"), at("24T14:09:59")];
    assert.deepEqual(words(windowAfter("5h", ...first)), ["2026-11-24T09:10", "2026-11-24T14:10", "3"]);
    assert.deepEqual(words(windowAfter("5h", ...first, at("24T14:10"))), ["2026-11-24T14:10", "2026-11-24T19:10", "1"]);
    assert.deepEqual(words(windowAfter("5h", ...first, at("25T08:00"))), ["2026-11-25T08:00", "2026-11-25T13:00", "1"]);
  });

  it("of a week runs from the first use too, through a month's end", () => {
    const window = windowAfter("week", at("26T09:00"), at("30T09:00"), Date.parse("2026-12-03T08:59Z"));
    assert.deepEqual(words(window), ["2026-11-26T09:00", "2026-12-03T09:00", "3"]);
  });

  it("of a month is the calendar's, in UTC", () => {
    assert.deepEqual(words(windowAfter("month", at("24T09:00"))), ["2026-11-01T00:00", "2026-12-01T00:00", "1"]);
    const next = windowAfter("month", at("30T23:59"), Date.parse("2026-12-01T00:00Z"));
    assert.deepEqual(words(next), ["2026-12-01T00:00", "2027-01-01T00:00", "1"]);
  });

  it("takes in a use that is heard of late, but none of the window before", () => {
    // Two requests at once: the one that began it ends last.
    assert.deepEqual(words(windowAfter("5h", at("24T09:05"), at("24T09:00"))), ["2026-11-24T09:00", "2026-11-24T14:00", "2"]);
    const second = [at("24T09:00"), at("24T14:06")];
    assert.deepEqual(words(windowAfter("5h", ...second, at("24T13:59"))), ["2026-11-24T14:06", "2026-11-24T19:06", "1"]);
    assert.deepEqual(words(windowAfter("5h", ...second, at("24T14:01"))), ["2026-11-24T14:01", "2026-11-24T19:01", "2"]);
  });

  it("counts every use in exactly one window, none longer than it is, one after the other", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20 * HOUR }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(gaps, fc.constantFrom("5h", "week", "month"), (list, kind) => {
        let now = at("01T00:00");
        let window: PlanWindow | undefined;
        let closed: Nano = 0n;
        for (const gap of list) {
          now += gap;
          const next = withUse(window, kind, now, ONE);
          assert.ok(next.start <= now && now < next.end);
          if (window && next.start !== window.start) {
            assert.ok(next.start >= window.end);
            closed += window.used;
          }
          if (kind === "5h") assert.equal(next.end - next.start, 5 * HOUR);
          window = next;
        }
        assert.equal(closed + window!.used, BigInt(list.length) * ONE);
      }),
    );
  });
});

describe("what a request has used of a plan", () => {
  const ref = { provider: "copilot", model: "gpt-5" };
  const price: ModelPrice = { ...ref, name: "GPT-5", rates: { input: "1000000", output: "10000000" }, source: "catalogue" };
  const list = { priceRef: "p", asOf: "2026-11-01", catalogue: "bundled" as const, models: [price] };
  const plan = (more: object = {}) => PlanSchema.parse({ name: "Copilot", models: ["copilot/*"], ...more });
  const usage = usageOf({ input: 10_000, cacheRead: 90_000, output: 1_000 });

  it("is told in the plan's unit", () => {
    assert.equal(usedOf(plan({ weights: [{ model: "*", counts: "0.33" }] }), ref, usage, list), 330_000_000n);
    assert.equal(usedOf(plan({ unit: "tokens" }), ref, usage, list), 101_000n * ONE);
    // 100,000 tokens in (no price for the cached ones: as the others) at $1 and 1,000 out at $10 a million: $0.11, so 11 cents.
    assert.equal(usedOf(plan({ unit: "credits" }), ref, usage, list), 11n * ONE);
  });

  it("is not known in credits where the price is not", () => {
    assert.equal(usedOf(plan({ unit: "credits" }), { ...ref, model: "other" }, usage, list), undefined);
  });
});

describe("a plan's meter", () => {
  const meter = (more: Partial<PlanMeter> = {}): PlanMeter => ({
    ...{
      name: "Claude",
      window: "5h",
      unit: "requests",
      limit: "200",
      used: "50",
      resetsAt: "2026-11-24T14:10:00.000Z",
      unknown: 0,
    },
    ...more,
  });

  it("is empty once its window is over, and nothing runs before the next use", () => {
    const running = planFiguresAt(meter(), at("24T14:09"));
    assert.deepEqual(running, { used: 50n * ONE, limit: 200n * ONE, share: 0.25, resetsAt: at("24T14:10") });
    assert.deepEqual(planFiguresAt(meter(), at("24T14:10")), { used: 0n, limit: 200n * ONE, share: 0 });
    const month = planFiguresAt(meter({ window: "month", resetsAt: "2026-11-01T00:00:00.000Z" }), at("24T14:10"));
    assert.deepEqual([month.used, iso(month.resetsAt!)], [0n, "2026-12-01T00:00"]);
  });

  it("has no share where nobody says what the window holds", () => {
    const { limit: _, ...unknown } = meter();
    assert.deepEqual(planFiguresAt(unknown, at("24T14:00")), { used: 50n * ONE, resetsAt: at("24T14:10") });
  });

  it("is the tightest where most of its window is used", () => {
    const { limit: _, ...unknown } = meter({ name: "unlimited", used: "9000" });
    const over = meter({ name: "over", used: "199", resetsAt: "2026-11-24T10:00:00.000Z" });
    const plans = [meter(), meter({ name: "tight", used: "51" }), unknown, over];
    assert.equal(tightestPlan(plans, at("24T12:00"))?.name, "tight");
    assert.equal(tightestPlan([unknown], at("24T12:00")), undefined);
  });
});
