import { assumed, eitherOf, exactly, type TokenRange } from "../tokenRange.ts";
import type { ImageSize } from "./imageSize.ts";
import type { MediaRules } from "./rules.ts";

/** A rule of pictures by `detail`: `low`, `high`, `original` or `auto` (which an absent one is). */
type ImageRule = (size: ImageSize | undefined, detail: string) => TokenRange;

type Detail = "low" | "high" | "original" | "auto";

/** How far a picture is scaled down before it is counted: both sides at most `side` pixels, and at most `patches` patches. */
interface Fit {
  side: number;
  patches?: number;
}

/** Beyond so many patches the API rejects a picture. */
const PATCHES_MAX = 30_000;
const PATCH = 32;
const USUAL: ImageSize = { width: 1024, height: 1024 };

const LOW: Fit = { side: 512 };
const HIGH: Fit = { side: 2048, patches: 2_500 };
const LARGE: Fit = { side: 2048, patches: 6_144 };
const UNSCALED: Fit = { side: 65_535 };

/**
 * What pictures cost, by family of models. The first that matches applies; `auto` and whatever is not named follow `auto`.
 * Source: developers.openai.com/api/docs/guides/images-vision, "Model sizing behavior" and "Calculating costs", as of 2026-09 (the
 * first page to name gpt-6-astra). Multipliers and budgets have changed between revisions of that page: see `byEitherBudget`.
 */
const FAMILIES: { pattern: RegExp; rule: ImageRule }[] = [
  { pattern: /^gpt-6-astra/, rule: byPatches(1.2, { low: LOW, high: { side: 65_535, patches: 2_500 }, auto: UNSCALED }) },
  { pattern: /^gpt-5\.6/, rule: byPatches(1.2, { low: LOW, high: HIGH, auto: UNSCALED }) },
  { pattern: /^gpt-5\.5(?!-pro)/, rule: byPatches(1.2, { low: LOW, high: HIGH, auto: { side: 6_000, patches: 10_000 } }) },
  { pattern: /^gpt-5\.4(?!-pro)/, rule: byPatches(1.2, { low: LARGE, original: { side: 6_000, patches: 10_000 }, auto: HIGH }) },
  { pattern: /^gpt-5\.2(?!-(pro|codex|chat))/, rule: byPatches(1.2, { auto: LARGE }) },
  { pattern: /^gpt-5\.1(?!-codex)/, rule: byTiles(70, 140) },
  { pattern: /^gpt-5-mini/, rule: byEitherBudget(1.2) },
  { pattern: /^gpt-5-nano/, rule: byEitherBudget(1.5) },
  { pattern: /^gpt-5(-\d{4}|-chat|$)/, rule: byTiles(70, 140) },
  { pattern: /^gpt-4\.1-mini/, rule: byPatches(1.62, { auto: LARGE }) },
  { pattern: /^gpt-4\.1-nano/, rule: byEitherBudget(2.46) },
  { pattern: /^o4-mini/, rule: byEitherBudget(1.72) },
  { pattern: /^gpt-4o-mini/, rule: byTiles(2_833, 5_667) },
  { pattern: /^(gpt-4o|gpt-4\.1|chatgpt-4o)/, rule: byTiles(85, 170) },
  { pattern: /^(o1|o3)(-pro)?(-\d{4}|$)/, rule: byTiles(75, 150) },
];

/** No rule is published: it is counted like the newest models, with bounds that hold the older rules too. */
const UNKNOWN: ImageRule = (size, detail) => {
  const newest = byPatches(1.2, { low: LOW, high: HIGH, auto: { side: 6_000, patches: 10_000 } })(size, detail);
  return { ...eitherOf(newest, byTiles(70, 170)(size, detail)), documented: false };
};

/** An A4 page as a picture, at 72, 125 and 250 dots per inch; and the tokens of its text. At which size it is made is not published. */
const PAGE = {
  low: { picture: { width: 595, height: 842 }, text: 0 },
  likely: { picture: { width: 1033, height: 1462 }, text: 600 },
  high: { picture: { width: 2067, height: 2923 }, text: 3_000 },
};

/** What pictures, PDFs and sound cost at OpenAI's models, and at those of which nothing else is known. */
export function openAiMedia(model: string): MediaRules {
  const name = model.slice(model.lastIndexOf("/") + 1);
  const rule = FAMILIES.find(({ pattern }) => pattern.test(name))?.rule ?? UNKNOWN;
  return {
    image: (size, detail) => rule(size, detail ?? "auto"),
    // "We put into the model's context both the extracted text and an image of each page" (guides/file-inputs).
    pdfPage: (detail) => {
      const tokens = ({ picture, text }: { picture: ImageSize; text: number }) => rule(picture, detail ?? "auto").likely + text;
      const [low, likely, high] = [tokens(PAGE.low), tokens(PAGE.likely), tokens(PAGE.high)];
      return assumed(Math.min(low, likely), likely, Math.max(likely, high));
    },
    // As of guides/pdf-files in 2025; since then only a size in bytes is stated.
    pdfPagesMax: 100,
    // One for 100 ms (guides/realtime-costs); for chat models that hear it is not said.
    audioSecond: assumed(10, 10, 20),
    videoSecond: () => assumed(0, 300, 3_000),
  };
}

/** 32 x 32 pixel patches times a multiplier, rounded up. */
function byPatches(multiplier: number, fits: Partial<Record<Detail, Fit>> & { auto: Fit }): ImageRule {
  const tokens = (patches: number) => Math.ceil(Number((patches * multiplier).toFixed(6)));
  const byDetail = new Map<string, Fit>(Object.entries(fits));
  return (size, detail) => {
    const fit = byDetail.get(detail) ?? fits.auto;
    if (size) return exactly(tokens(patchesOf(fitted(size, fit))));
    const most = fit.patches ?? Math.min(PATCHES_MAX, patchesOf({ width: fit.side, height: fit.side }));
    return { low: tokens(1), likely: tokens(patchesOf(fitted(USUAL, fit))), high: tokens(most), documented: true };
  };
}

/**
 * Deprecated models: the page still gives their multipliers, but their budget only until mid-2026 (1,536 patches), and has meanwhile
 * raised that of their kin, gpt-4.1-mini and gpt-5.2, to 6,144.
 */
function byEitherBudget(multiplier: number): ImageRule {
  const former = byPatches(multiplier, { auto: { side: 2048, patches: 1_536 } });
  const raised = byPatches(multiplier, { auto: LARGE });
  return (size, detail) => eitherOf(former(size, detail), raised(size, detail));
}

/** A base, and so many more for each tile of 512 x 512 pixels after scaling into 2048 x 2048 and to a short side of 768; `low` is the base alone. */
function byTiles(base: number, tile: number): ImageRule {
  const tokens = (size: ImageSize) => base + tile * tilesOf(size);
  return (size, detail) => {
    if (detail === "low") return exactly(base);
    if (size) return exactly(tokens(size));
    return { low: tokens({ width: 1, height: 1 }), likely: tokens(USUAL), high: base + tile * 8, documented: true };
  };
}

function tilesOf(size: ImageSize): number {
  const { width, height } = scaled(size, Math.min(1, 2048 / Math.max(size.width, size.height)), Math.floor);
  const inside = scaled({ width, height }, Math.min(1, 768 / Math.min(width, height)), Math.floor);
  return Math.ceil(inside.width / 512) * Math.ceil(inside.height / 512);
}

function patchesOf({ width, height }: ImageSize): number {
  return Math.ceil(width / PATCH) * Math.ceil(height / PATCH);
}

/** Scaled into the side limit; then, where it has too many patches, by the page's formula, which keeps whole patches within the budget. */
function fitted(size: ImageSize, { side, patches }: Fit): ImageSize {
  const inside = scaled(size, Math.min(1, side / Math.max(size.width, size.height)), Math.round);
  if (patches === undefined || patchesOf(inside) <= patches) return inside;
  const { width, height } = inside;
  const shrink = Math.sqrt((PATCH * PATCH * patches) / (width * height));
  const whole = (length: number) => Math.max(1, Math.floor((length * shrink) / PATCH)) / ((length * shrink) / PATCH);
  return scaled(inside, Math.min(1, shrink * Math.min(whole(width), whole(height), 1)), Math.floor);
}

/** The size times a scale, in whole pixels; a hair of floating point must not cost a pixel. */
function scaled({ width, height }: ImageSize, scale: number, round: (value: number) => number): ImageSize {
  const to = (length: number) => Math.max(1, round(Number((length * scale).toFixed(6))));
  return { width: to(width), height: to(height) };
}
