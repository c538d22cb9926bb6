import assert from "node:assert/strict";
import fc from "fast-check";
import { randomFrom } from "../../../sample/random.ts";
import { estimateInput, estimateTokens } from "../estimate.ts";
import { type Calibration, CalibrationSchema, observe, readCalibration, UNCALIBRATED, type WholeInput } from "./calibration.ts";
import { CONTENT_CLASSES, type Shares } from "./contentClass.ts";

const CLAUDE = "claude-opus-4-7";
/** A family of which nothing is known. */
const STRANGER = "wal-2";

/** A true tokenizer: its ratio for each class, and how far texts scatter around it (standard deviation of the logarithm). */
interface Truth {
  ratios: number[];
  scatter: number;
}
const flat = (ratio: number, scatter = 0.04): Truth => ({ ratios: CONTENT_CLASSES.map(() => ratio), scatter });

interface Case {
  input: WholeInput;
  actual: number;
}

/** Requests as somebody sends them, with what a tokenizer makes of them: mostly prose and code, of 100 to 20,000 tokens. */
function requests({ ratios, scatter }: Truth, count: number, seed = 1): Case[] {
  const random = randomFrom(seed);
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6);
  return Array.from({ length: count }, () => {
    const weights = [random(), random(), random() ** 3, 0, 0, random() / 4];
    const sum = weights.reduce((total, one) => total + one, 0);
    const [prose, code, data, cjk, other, layout] = weights.map((one) => one / sum);
    const shares = { prose, code, data, cjk, other, layout } as Shares;
    const tokens = Math.round(100 * 200 ** random());
    const expected = CONTENT_CLASSES.reduce((total, name, i) => total + tokens * shares[name] * ratios[i]!, 0);
    return { input: { tokens, shares, frame: 7 }, actual: Math.round(expected * Math.exp(scatter * normal())) + 7 };
  });
}

function learnt(cases: readonly Case[], model = CLAUDE, from = UNCALIBRATED): Calibration {
  return cases.reduce((calibration, { input, actual }) => observe(calibration, model, input, actual), from);
}

const plain = (tokens: number): WholeInput => ({
  tokens,
  shares: { prose: 0.6, code: 0.4, data: 0, cjk: 0, other: 0, layout: 0 },
  frame: 7,
});
const likely = (calibration: Calibration, model = CLAUDE, tokens = 10_000) =>
  estimateTokens(plain(tokens), model, calibration).likely / tokens;

describe("calibration by real usage", () => {
  it("converges to the true ratio, also where that is far from what was thought", () => {
    const ratio = fc.double({ min: 0.75, max: 2, noNaN: true });
    fc.assert(
      fc.property(ratio, fc.constantFrom(CLAUDE, STRANGER), fc.nat(), (ratio, model, seed) => {
        const calibration = learnt(requests(flat(ratio), 100, seed), model);
        assert.ok(Math.abs(likely(calibration, model) / ratio - 1) < 0.1, `${likely(calibration, model)} for ${ratio}`);
      }),
      { numRuns: 60 },
    );
  });

  it("tells the classes' ratios apart", () => {
    const truth: Truth = { ratios: [1.1, 1.6, 2, 1, 1, 1], scatter: 0.03 };
    const calibration = learnt(requests(truth, 100));
    const pure = (name: keyof Shares) => {
      const shares = { prose: 0, code: 0, data: 0, cjk: 0, other: 0, layout: 0, [name]: 1 };
      return estimateTokens({ tokens: 10_000, shares }, CLAUDE, calibration).likely / 10_000;
    };
    assert.ok(Math.abs(pure("prose") - 1.1) < 0.1, String(pure("prose")));
    assert.ok(Math.abs(pure("code") - 1.6) < 0.1, String(pure("code")));
    assert.ok(Math.abs(pure("data") - 2) < 0.3, String(pure("data"))); // of which there is little
  });

  it("has nine of ten requests inside its band, and the band narrows as it learns", () => {
    for (const scatter of [0.01, 0.04, 0.1]) {
      const calibration = learnt(requests(flat(1.7, scatter), 100));
      const later = requests(flat(1.7, scatter), 1_000, 2);
      const inside = later.filter(({ input, actual }) => {
        const { low, high } = estimateInput(input, input.frame, CLAUDE, calibration);
        return low <= actual && actual <= high;
      });
      assert.ok(inside.length >= 900, `${inside.length} of 1000 at ${scatter}`);
      const width = (known: Calibration) => {
        const { low, high } = estimateTokens(plain(10_000), CLAUDE, known);
        return high / low;
      };
      if (scatter <= 0.04) assert.ok(width(calibration) < width(UNCALIBRATED), String(scatter));
    }
  });

  it("is moved little by the order of its observations", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 1, max: 2.2, noNaN: true }), (seed, ratio) => {
        const cases = requests(flat(ratio), 60, seed);
        const [there, back] = [likely(learnt(cases)), likely(learnt(cases.toReversed()))];
        assert.ok(Math.abs(there / back - 1) < 0.1, `${there} and ${back}`);
      }),
      { numRuns: 40 },
    );
  });

  it("is moved by less than a twentieth by a request that is ten times off, and by less than a quarter by every fifth of them", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(10, 0.1), (seed, off) => {
        const cases = requests(flat(1.6), 40, seed);
        const before = likely(learnt(cases));
        const once = learnt([{ input: plain(5_000), actual: 8_000 * off }], CLAUDE, learnt(cases));
        assert.ok(Math.abs(likely(once) / before - 1) < 0.05, String(likely(once)));
        const often = cases.map((one, i) => (i % 5 === 0 ? { ...one, actual: Math.round(one.actual * off) } : one));
        assert.ok(Math.abs(likely(learnt(often)) / before - 1) < 0.25, String(likely(learnt(often))));
      }),
      { numRuns: 40 },
    );
  });

  it("a first request that is ten times off moves it by less than a half, and ten good ones mend that", () => {
    const bad = learnt([{ input: plain(5_000), actual: 80_000 }]);
    assert.ok(likely(bad) < 1.5 * likely(UNCALIBRATED), String(likely(bad)));
    assert.ok(Math.abs(likely(learnt(requests(flat(1.6), 10), CLAUDE, bad)) / 1.6 - 1) < 0.1);
  });

  it("follows a tokenizer that changes under the same name, within some fifteen requests", () => {
    const before = learnt(requests(flat(1.2), 200));
    assert.ok(Math.abs(likely(before) / 1.2 - 1) < 0.04, String(likely(before)));
    const after = learnt(requests(flat(1.6), 15, 2), CLAUDE, before);
    assert.ok(Math.abs(likely(after) / 1.6 - 1) < 0.05, String(likely(after)));
  });

  it("learns what a gateway adds to every request apart from the ratio", () => {
    const cases = requests(flat(1.1, 0.02), 60).map(({ input, actual }) => ({ input, actual: actual + 400 }));
    const calibration = learnt(cases, STRANGER);
    assert.ok(Math.abs(likely(calibration, STRANGER, 50_000) / 1.1 - 1) < 0.04);
    const { likely: small } = estimateInput(plain(100), 7, STRANGER, calibration);
    assert.ok(Math.abs(small - 517) < 60, String(small));
  });

  it("carries over to models of the family that were not observed, with doubt; not to strangers", () => {
    const calibration = learnt(requests(flat(1.9, 0.02), 50));
    const sister = "anthropic/claude-sonnet-5";
    assert.ok(Math.abs(likely(calibration, sister) / 1.9 - 1) < 0.08);
    const width = (model: string) => {
      const { low, high } = estimateTokens(plain(10_000), model, calibration);
      return high / low;
    };
    assert.ok(width(sister) > width(CLAUDE));
    assert.equal(likely(calibration, "claude-haiku-4-5"), likely(UNCALIBRATED, "claude-haiku-4-5"));
    const strange = learnt(requests(flat(1.9), 50), STRANGER);
    assert.equal(likely(strange, "orca-1"), likely(UNCALIBRATED, "orca-1"));
  });

  it("knows a model through every gateway", () => {
    const calibration = learnt(requests(flat(1.9), 20), "openrouter/Anthropic/Claude-Opus-4-7");
    assert.equal(calibration.models.length, 1);
    assert.deepEqual(learnt(requests(flat(1.9), 20)), calibration);
  });

  it("learns nothing where the tokenizer is public, or the figures make no sense", () => {
    const [{ input, actual }] = requests(flat(1.5), 1) as [Case];
    assert.equal(observe(UNCALIBRATED, "gpt-5", input, actual), UNCALIBRATED);
    for (const senseless of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      assert.equal(observe(UNCALIBRATED, CLAUDE, input, senseless), UNCALIBRATED, String(senseless));
    assert.equal(observe(UNCALIBRATED, CLAUDE, { ...input, tokens: 0 }, actual), UNCALIBRATED);
    const shares = { prose: 0, code: 0, data: 0, cjk: 0, other: 0, layout: 0 };
    assert.equal(observe(UNCALIBRATED, CLAUDE, { ...input, shares }, actual), UNCALIBRATED);
  });

  it("stays a calibration of bounded size, with bands in order, whatever was observed", () => {
    const share = fc.constantFrom<Shares>(
      { prose: 1, code: 0, data: 0, cjk: 0, other: 0, layout: 0 },
      { prose: 0, code: 0.5, data: 0.5, cjk: 0, other: 0, layout: 0 },
      { prose: 0.2, code: 0.2, data: 0.2, cjk: 0.2, other: 0.2, layout: 0 },
      { prose: 0, code: 0, data: 0, cjk: 0.5, other: 0.5, layout: 0 },
    );
    const size = fc.oneof(fc.nat(50), fc.nat(10_000_000), fc.constantFrom(1, Number.MAX_SAFE_INTEGER));
    const observation = fc.record({ tokens: size, shares: share, frame: fc.nat(500), actual: size, model: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 80 }), (observations) => {
        let calibration = UNCALIBRATED;
        for (const { model, actual, ...input } of observations)
          calibration = observe(calibration, `model-${model}`, input, actual);
        assert.deepEqual(readCalibration(JSON.parse(JSON.stringify(calibration))), calibration);
        assert.ok(CalibrationSchema.safeParse(calibration).success);
        assert.ok(JSON.stringify(calibration).length < 16_000);
        for (const { model, tokens, shares, frame } of observations) {
          const { low, likely, high } = estimateInput({ tokens, shares }, frame, `model-${model}`, calibration);
          assert.ok(0 <= low && low <= likely && likely <= high && Number.isFinite(high), `${low} ${likely} ${high}`);
        }
      }),
    );
  });

  it("forgets the model that was observed longest ago", () => {
    let calibration = UNCALIBRATED;
    for (let i = 0; i < 30; i++)
      for (const model of ["always", `once-${i}`]) calibration = learnt(requests(flat(1.5), 1), model, calibration);
    const names = calibration.models.map(({ name }) => name);
    assert.equal(names.length, 24);
    assert.ok(names.includes("always") && names.includes("once-29") && !names.includes("once-0"));
  });

  it("starts anew with another version, or another family for the same name", () => {
    const calibration = learnt(requests(flat(1.9), 20));
    assert.deepEqual(readCalibration(calibration), calibration);
    assert.equal(readCalibration({ ...calibration, version: 0 }), UNCALIBRATED);
    for (const nothing of [undefined, null, [], "{}", { ...calibration, models: [{}] }])
      assert.equal(readCalibration(nothing), UNCALIBRATED);
    const moved: Calibration = {
      ...calibration,
      models: calibration.models.map((one) => ({ ...one, family: "claude" })),
      families: [],
    };
    assert.equal(likely(moved), likely(UNCALIBRATED));
    const again = learnt(requests(flat(1.9), 1), CLAUDE, moved);
    assert.deepEqual(
      again.models.map(({ name, family, observations }) => [name, family, observations]),
      [[CLAUDE, "claude-4.7", 1]],
    );
  });

  it("holds numbers and names of models alone", () => {
    const strings: string[] = [];
    JSON.stringify(learnt(requests(flat(1.5), 5)), (_, value) => {
      if (typeof value === "string") strings.push(value);
      return value;
    });
    assert.deepEqual([...new Set(strings)].sort(), ["claude-4.7", CLAUDE]);
  });
});
