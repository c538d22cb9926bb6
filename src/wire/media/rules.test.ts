import assert from "node:assert/strict";
import fc from "fast-check";
import { exactly } from "../tokenRange.ts";
import { anthropicMedia, fitted } from "./anthropic.ts";
import { geminiMedia } from "./gemini.ts";
import { openAiMedia } from "./openai.ts";
import { mediaRules } from "./rulesOf.ts";

const size = (text: string) => {
  const [width, height] = text.split("x").map(Number);
  return { width: width!, height: height! };
};
const sizes = fc.record({ width: fc.integer({ min: 1, max: 12_000 }), height: fc.integer({ min: 1, max: 12_000 }) });

describe("pictures at Claude", () => {
  const standard = anthropicMedia("claude-sonnet-4-6");
  const high = anthropicMedia("claude-opus-4-7");

  it("cost what the vision page's table says, in both tiers", () => {
    // platform.claude.com, build-with-claude/vision, "Resolution and token cost".
    const table = [
      ["200x200", 64, 64],
      ["1000x1000", 1296, 1296],
      ["1092x1092", 1521, 1521],
      ["1920x1080", 1560, 2691],
      ["2000x1500", 1564, 3888],
      ["3840x2160", 1560, 4784],
    ] as const;
    for (const [pixels, inStandard, inHigh] of table) {
      assert.deepEqual(standard.image(size(pixels)), exactly(inStandard), `${pixels} standard`);
      assert.deepEqual(high.image(size(pixels)), exactly(inHigh), `${pixels} high`);
    }
  });

  it("are scaled as the page on coordinates says, ties to the even neighbour", () => {
    const tier = { edge: 1568, tokens: 1568 };
    assert.deepEqual(fitted(size("1075x1520"), tier), size("924x1307"));
    assert.deepEqual(fitted(size("1920x1080"), tier), size("1456x819"));
    assert.deepEqual(fitted(size("2000x1500"), tier), size("1270x952"));
    assert.deepEqual(fitted(size("1568x7698"), tier), size("319x1568"));
  });

  it("never cost more than the tier allows, nor differ when turned", () => {
    fc.assert(
      fc.property(sizes, ({ width, height }) => {
        const { likely } = high.image({ width, height });
        assert.ok(likely >= 1 && likely <= 4784);
        assert.equal(high.image({ width: height, height: width }).likely, likely);
        assert.ok(standard.image({ width, height }).likely <= Math.min(1568, likely));
      }),
    );
  });

  it("are of the tier that the model's version says, under any of its names", () => {
    const of = (model: string) => anthropicMedia(model).image(size("3840x2160")).likely;
    for (const model of [
      "claude-opus-4-7",
      "claude-opus-4.8",
      "claude-sonnet-5",
      "claude-haiku-5-5",
      "us.anthropic.claude-fable-5-1-v1:0",
    ])
      assert.equal(of(model), 4784, model);
    for (const model of [
      "claude-3-5-sonnet-20241022",
      "claude-opus-4-20250514",
      "claude-haiku-4-5@20251001",
      "claude-sonnet-4-6",
    ])
      assert.equal(of(model), 1560, model);
    assert.deepEqual(anthropicMedia("claude-mythos-preview").image(size("3840x2160")), {
      low: 1560,
      likely: 4784,
      high: 4784,
      documented: false,
    });
  });
});

describe("pictures at OpenAI", () => {
  const tokens = (model: string, pixels: string, detail?: string) => openAiMedia(model).image(size(pixels), detail).likely;

  it("cost what the guide's examples say, by patches", () => {
    // developers.openai.com, guides/images-vision: "gpt-6-astra with detail: high"; before it "gpt-5.4 with detail: high".
    assert.equal(tokens("gpt-6-astra", "1024x1024", "high"), 1229);
    assert.equal(tokens("gpt-6-astra", "2048x2048", "high"), 3000);
    assert.equal(tokens("gpt-6-astra", "4096x512", "high"), 2458);
    assert.equal(tokens("gpt-5.4", "1024x1024", "high"), 1229);
    assert.equal(tokens("gpt-5.4", "2048x2048", "high"), 3000);
    // The guide's example of 2025 for a budget of 1,536 patches: 1800 x 2400 pixels become 1056 x 1408, which are 33 x 44.
    assert.equal(tokens("gpt-4.1-nano", "1800x2400"), Math.ceil(33 * 44 * 2.46));
  });

  it("cost what the guide's examples say, by tiles", () => {
    // guides/images-vision (examples of 2025): 1024 x 1024 is 765, 2048 x 4096 is 1105, 4096 x 8192 in low detail is 85.
    assert.equal(tokens("gpt-4o", "1024x1024", "high"), 765);
    assert.equal(tokens("gpt-4o", "2048x4096"), 1105);
    assert.equal(tokens("gpt-4.1", "4096x8192", "low"), 85);
    assert.equal(tokens("gpt-4o-mini", "1024x1024"), 2833 + 4 * 5667);
    assert.equal(tokens("gpt-5.1", "1024x1024"), 70 + 4 * 140);
    assert.equal(tokens("gpt-5-2025-08-07", "512x512"), 70 + 140);
    assert.equal(tokens("o3", "512x512"), 75 + 150);
  });

  it("are looked at as closely as the detail says, `auto` as each family does", () => {
    const by = (model: string) => ["low", "high", "original", undefined].map((detail) => tokens(model, "8000x8000", detail));
    assert.deepEqual(by("gpt-5.6-sol"), [308, 3000, 75_000, 75_000]);
    assert.deepEqual(by("gpt-5.5"), [308, 3000, 12_000, 12_000]);
    assert.deepEqual(by("gpt-5.4-mini"), [4916, 3000, 12_000, 3000]);
    assert.deepEqual(by("openai/gpt-5.2"), [4916, 4916, 4916, 4916]);
  });

  it("stay within their budget and within the bounds of a picture of unknown size", () => {
    const models = fc.constantFrom(
      "gpt-5.5",
      "gpt-5.4",
      "gpt-5.2",
      "gpt-5-mini",
      "gpt-4.1-nano",
      "gpt-4o",
      "gpt-4o-mini",
      "o3",
      "something-else",
    );
    const details = fc.constantFrom("low", "high", "original", "auto", undefined);
    fc.assert(
      fc.property(models, details, sizes, (model, detail, pixels) => {
        const known = openAiMedia(model).image(pixels, detail);
        const unknown = openAiMedia(model).image(undefined, detail);
        assert.ok(known.low <= known.likely && known.likely <= known.high);
        assert.ok(
          unknown.low <= known.low && known.high <= unknown.high,
          `${JSON.stringify(known)} in ${JSON.stringify(unknown)}`,
        );
      }),
    );
  });

  it("are a range where revisions of the guide differ, and only for pictures so large that it matters", () => {
    const { image } = openAiMedia("gpt-5-mini");
    assert.deepEqual(image(size("1024x1024")), exactly(1229));
    const { low, likely, high, documented } = image(size("1800x2400"));
    assert.deepEqual([low, likely, documented], [Math.ceil(33 * 44 * 1.2), Math.ceil(33 * 44 * 1.2), false]);
    assert.equal(high, Math.ceil(48 * 64 * 1.2));
  });

  it("are a range and not documented where no rule is published", () => {
    for (const model of ["gpt-5.3-codex", "gpt-6.1-sol", "llama-4", "my-deployment"]) {
      const { low, high, documented } = openAiMedia(model).image(size("1024x1024"));
      assert.ok(low < high && !documented, model);
    }
  });
});

describe("pictures, pages and sound at Gemini", () => {
  it("cost by tiles up to 2.x: 258 for each", () => {
    // ai.google.dev, image-understanding, "Token calculation": 960 x 540 makes 3 x 2 tiles.
    const { image, pdfPage, audioSecond } = geminiMedia("gemini-2.5-flash");
    assert.deepEqual(image(size("384x384")), exactly(258));
    assert.deepEqual(image(size("960x540")), exactly(6 * 258));
    assert.deepEqual(image(size("4000x4000")), exactly(4 * 258));
    assert.deepEqual(image(size("960x540"), "MEDIA_RESOLUTION_LOW"), exactly(64));
    assert.deepEqual([pdfPage(), audioSecond], [exactly(258), exactly(32)]);
  });

  it("cost by media resolution from 3 on", () => {
    // ai.google.dev, media-resolution, "Token counts".
    const { image, pdfPage, audioSecond, videoSecond } = geminiMedia("gemini-3.8-flash");
    const levels = [undefined, "LOW", "MEDIUM", "HIGH", "ULTRA_HIGH"].map((level) => level && `MEDIA_RESOLUTION_${level}`);
    assert.deepEqual(
      levels.map((level) => image(size("960x540"), level).likely),
      [1120, 280, 560, 1120, 2240],
    );
    assert.deepEqual(
      levels.slice(0, 4).map((level) => pdfPage(level).likely),
      [560, 280, 560, 1120],
    );
    assert.deepEqual([audioSecond.likely, videoSecond().likely, videoSecond("MEDIA_RESOLUTION_HIGH").likely], [25, 95, 305]);
  });

  it("are a range that holds both where the name tells no generation", () => {
    assert.deepEqual(geminiMedia("gemini-flash-latest").image(size("384x384")), {
      low: 258,
      likely: 1120,
      high: 1120,
      documented: false,
    });
  });
});

describe("the rules of a model", () => {
  it("give whole numbers in order, whatever the model and the detail are called", () => {
    const odd = ["constructor", "toString", "__proto__", "gpt-5.5", "gpt-4o", "gemini-3-pro", "claude-opus-5"];
    const names = fc.oneof(fc.string(), fc.constantFrom(...odd));
    const home = fc.constantFrom("openai" as const, "anthropic" as const, "gemini" as const);
    const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
    fc.assert(
      fc.property(names, home, maybe(names), maybe(sizes), (model, at, detail, pixels) => {
        const { image, pdfPage, videoSecond, audioSecond } = mediaRules(model, at);
        for (const { low, likely, high } of [image(pixels, detail), pdfPage(detail), videoSecond(detail), audioSecond]) {
          assert.ok([low, likely, high].every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0));
          assert.ok(low <= likely && likely <= high);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("are its maker's, whichever API it is asked through", () => {
    const likely = (model: string, home: "openai" | "anthropic" | "gemini") =>
      mediaRules(model, home).image(size("1000x1000")).likely;
    assert.equal(likely("anthropic/claude-opus-5", "openai"), 1296);
    assert.equal(likely("google/gemini-3-pro", "openai"), 1120);
    assert.equal(likely("gpt-4o", "openai"), 765);
    assert.equal(likely("gpt-4o", "gemini"), 765);
    assert.equal(likely("openai/o3", "anthropic"), 75 + 4 * 150);
    assert.equal(likely("glm-5", "anthropic"), 1296);
    assert.equal(likely("learnlm", "gemini"), 1120);
  });
});
