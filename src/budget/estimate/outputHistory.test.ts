import assert from "node:assert/strict";
import fc from "fast-check";
import { NO_OUTPUTS, normOf, OUTPUT_PRIOR, type OutputHistory, observe, weightOf } from "./outputHistory.ts";
import { afterObserving, normFor, normsAfter, normsOf, type OutputHistories, observed } from "./outputNorms.ts";

const historyOf = (lengths: readonly number[]): OutputHistory => lengths.reduce(observe, NO_OUTPUTS);
const repeat = (length: number, times: number) => Array.from({ length: times }, () => length);
/** Within the width of a bucket. */
const near = (actual: number | undefined, wanted: number) =>
  assert.ok(actual !== undefined && actual >= wanted / 1.2 && actual <= wanted * 1.2, `${actual} is not near ${wanted}`);

describe("the history of output lengths", () => {
  it("says nothing while there are fewer than five, then ever more of its own", () => {
    assert.equal(normOf(historyOf(repeat(5_000, 4))), undefined);
    const likely = [6, 10, 16, 24].map((times) => normOf(historyOf(repeat(5_000, times)))!.likely);
    for (const [index, value] of likely.entries()) {
      assert.ok(value > OUTPUT_PRIOR.likely && value < 5_900, String(value));
      if (index > 0) assert.ok(value > likely[index - 1]!, "the prior counts ever less");
    }
    near(normOf(historyOf(repeat(5_000, 30)))?.likely, 5_000);
  });

  it("is the middle and the ninth tenth of a known distribution", () => {
    // 1 to 1,000 in a scrambled order: half below 500, nine of ten below 900.
    const lengths = Array.from({ length: 1_000 }, (_, index) => ((index * 617) % 1_000) + 1);
    const norm = normOf(historyOf(lengths));
    near(norm?.likely, 500);
    near(norm?.high, 900);
  });

  it("is not moved by one absurd answer", () => {
    const calm = normOf(historyOf(repeat(300, 60)))!;
    const shaken = normOf(historyOf([...repeat(300, 30), 1_000_000, ...repeat(300, 30)]))!;
    assert.ok(shaken.likely - calm.likely <= 2 && shaken.high - calm.high <= 2, JSON.stringify([calm, shaken]));
  });

  it("follows when answers become longer", () => {
    const changed = normOf(historyOf([...repeat(200, 300), ...repeat(8_000, 120)]))!;
    near(changed.likely, 8_000);
  });

  it("is always in order, inside what was observed, and small", () => {
    const length = fc.oneof(fc.nat(50), fc.nat(5_000), fc.nat(10_000_000));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 400 }), (lengths) => {
        const history = historyOf(lengths);
        assert.ok(Object.keys(history.buckets).length <= 81);
        assert.ok(weightOf(history) <= 100.1);
        const norm = normOf(history);
        if (!norm) return;
        assert.ok(norm.likely <= norm.high);
        const most = Math.max(...lengths, OUTPUT_PRIOR.high);
        assert.ok(norm.high <= most * 1.2 + 1);
        assert.deepEqual(historyOf(lengths), JSON.parse(JSON.stringify(history)));
      }),
    );
  });

  it("with longer answers never expects shorter ones", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20_000), { minLength: 5, maxLength: 80 }),
        fc.integer({ min: 2, max: 8 }),
        (lengths, factor) => {
          const [short, long] = [lengths, lengths.map((length) => length * factor)].map((all) => normOf(historyOf(all)));
          if (!short || !long) return assert.equal(short, long);
          assert.ok(long.likely >= short.likely && long.high >= short.high);
        },
      ),
    );
  });
});

describe("norms by kind and model", () => {
  const gpt = { provider: "openai", model: "gpt-5" };
  const other = { provider: "openai", model: "gpt-5-mini" };
  const add = (histories: OutputHistories, kind: string, ref: typeof gpt, lengths: readonly number[]) =>
    lengths.reduce((all, length) => afterObserving(all, observed(all, kind, ref, length)), histories);

  it("are the model's own, else those of the kind, else none", () => {
    const norms = normsOf(add(new Map(), "send", gpt, repeat(3_000, 40)));
    near(normFor(norms, "send", gpt)?.likely, 3_000);
    near(normFor(norms, "send", other)?.likely, 3_000);
    assert.equal(normFor(norms, "chat", gpt), undefined);
    const both = normsOf(add(add(new Map(), "send", other, repeat(50, 40)), "send", gpt, repeat(3_000, 40)));
    near(normFor(both, "send", gpt)?.likely, 3_000);
    near(normFor(both, "send", other)?.likely, 50);
    assert.equal(normFor(norms, "send", { provider: "", model: "__proto__" })?.high, norms["send *"]?.high);
  });

  it("are the same whether they follow each answer or are read from all of them", () => {
    const answers = fc.array(fc.record({ model: fc.integer({ min: 0, max: 3 }), tokens: fc.integer({ min: 1, max: 9_000 }) }));
    fc.assert(
      fc.property(answers, (all) => {
        // So many models that some are forgotten on the way.
        let histories = Array.from({ length: 198 }, (_, model) => model).reduce(
          (before, model) => add(before, "chat", { provider: "p", model: `${model}` }, repeat(100, model % 7)),
          new Map() as OutputHistories,
        );
        let norms = normsOf(histories);
        for (const { model, tokens } of all) {
          const change = observed(histories, "send", { provider: "p", model: `m${model}` }, tokens);
          histories = afterObserving(histories, change);
          norms = normsAfter(norms, change);
        }
        assert.deepEqual(norms, normsOf(histories));
      }),
      { numRuns: 30 },
    );
  });

  it("forget the model that was observed longest ago when there are too many", () => {
    let histories: OutputHistories = new Map();
    for (let model = 0; model < 250; model++) histories = add(histories, "send", { provider: "p", model: `m${model}` }, [100]);
    assert.equal(histories.size, 200);
    assert.deepEqual(
      [histories.has("send p/m250"), histories.has("send p/m249"), histories.has("send p/m0")],
      [false, true, false],
    );
    assert.ok(histories.has("send *"));
  });
});
