import assert from "node:assert/strict";
import fc from "fast-check";
import { type TurnHistories, TurnHistoriesSchema, turnNorm, withTurn } from "./turnHistory.ts";

const sonnet = { provider: "copilot", model: "claude-sonnet-4-5" };
const other = { provider: "copilot", model: "gpt-5" };

function turnsOf(turns: readonly { further: number; calls: number }[], ref = sonnet, before: TurnHistories = {}): TurnHistories {
  return turns.reduce((histories, turn) => withTurn(histories, ref, turn), before);
}

describe("the history of turns", () => {
  it("says what is assumed until there are turns of the person's own", () => {
    const { own, further } = turnNorm({}, sonnet);
    assert.deepEqual([own, further], [false, { likely: 20_000, high: 120_000 }]);
    assert.equal(turnNorm(turnsOf(Array.from({ length: 4 }, () => ({ further: 1, calls: 1 }))), sonnet).own, false);
  });

  it("says then what is usual for a model, else for any", () => {
    const histories = turnsOf(Array.from({ length: 60 }, (_, index) => ({ further: index < 30 ? 1_000 : 90_000, calls: 2 })));
    for (const ref of [sonnet, other]) {
      const { own, further, calls } = turnNorm(histories, ref);
      assert.ok(own && further.likely < 95_000 && further.high > 70_000 && further.high < 120_000, JSON.stringify(further));
      assert.ok(calls.likely >= 2 && calls.high <= 3);
    }
  });

  it("stays between the smallest and the largest turn, survives being written down, and forgets models", () => {
    const turn = fc.record({ further: fc.integer({ min: 1, max: 5_000_000 }), calls: fc.integer({ min: 1, max: 400 }) });
    fc.assert(
      fc.property(fc.array(turn, { minLength: 30, maxLength: 60 }), (turns) => {
        const histories = turnsOf(turns);
        const { further } = turnNorm(histories, sonnet);
        const all = turns.map((one) => one.further);
        assert.ok(further.likely <= further.high);
        assert.ok(further.likely >= Math.min(...all) / 1.2 && further.high <= Math.max(...all) * 1.2);
        assert.deepEqual(TurnHistoriesSchema.parse(JSON.parse(JSON.stringify(histories))), JSON.parse(JSON.stringify(histories)));
      }),
      { numRuns: 50 },
    );
    const many = Array.from({ length: 80 }, (_, index) => ({ provider: "copilot", model: `m${index}` }));
    const kept = many.reduce((histories, ref) => withTurn(histories, ref, { further: 10, calls: 1 }), {} as TurnHistories);
    assert.deepEqual(
      [Object.keys(kept).length, "copilot/m79" in kept, "copilot/m0" in kept, "*" in kept],
      [51, true, false, true],
    );
  });
});
