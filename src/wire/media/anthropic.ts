import { claudeVersion } from "../anthropic/version.ts";
import { assumed, eitherOf, exactly, type TokenRange } from "../tokenRange.ts";
import type { ImageSize } from "./imageSize.ts";
import type { MediaRules } from "./rules.ts";

/** A patch of a picture is 28 x 28 pixels and one token. */
const PATCH = 28;

/** How large a picture the model sees: neither side, padded to whole patches, above `edge` (pixels), and no more than `tokens` patches. */
interface Tier {
  edge: number;
  tokens: number;
}
const STANDARD: Tier = { edge: 1568, tokens: 1568 };
/** Claude 4.7 and later. */
const HIGH_RESOLUTION: Tier = { edge: 2576, tokens: 4784 };

/** What is assumed of a picture whose size only the server knows. */
const USUAL: ImageSize = { width: 1024, height: 1024 };

/** A page with hardly a word, at the least that a page is rendered at (A4 at 72 dpi): 595 x 842. */
const PAGE: ImageSize = { width: 595, height: 842 };
/** "Each page typically uses 1,500-3,000 tokens" of text; 3 pages with their pictures take "approximately 7,000" in all. */
const PAGE_LIKELY = Math.round(7_000 / 3);
const PAGE_TEXT_MAX = 3_000;

/**
 * What pictures and PDFs cost at Claude.
 * Source: platform.claude.com, build-with-claude/vision ("Resolution and token cost") and vision-coordinates ("How Claude resizes and pads
 * images"), read 2026-07; build-with-claude/pdf-support. The rule `width * height / 750` of older pages is no longer Anthropic's.
 */
export function anthropicMedia(model: string): MediaRules {
  const version = claudeVersion(model);
  const image = (size: ImageSize | undefined): TokenRange => {
    if (version === undefined) return eitherOf(inTier(size, HIGH_RESOLUTION), inTier(size, STANDARD));
    return inTier(size, version >= 4.7 ? HIGH_RESOLUTION : STANDARD);
  };
  const { high } = image(undefined);
  return {
    image,
    // Each page is its text and a picture of it, whose size is not published.
    pdfPage: () => assumed(patches(PAGE), Math.max(PAGE_LIKELY, patches(PAGE)), PAGE_TEXT_MAX + high),
    pdfPagesMax: version !== undefined && version < 4.6 ? 100 : 600,
    // Claude takes neither sound nor film: should a gateway turn them into text, nobody knows into how much.
    audioSecond: assumed(0, 5, 50),
    videoSecond: () => assumed(0, 300, 3_000),
  };
}

function inTier(size: ImageSize | undefined, tier: Tier): TokenRange {
  if (size) return exactly(patches(fitted(size, tier)));
  return { low: 1, likely: patches(fitted(USUAL, tier)), high: tier.tokens, documented: true };
}

function patches({ width, height }: ImageSize): number {
  return Math.ceil(width / PATCH) * Math.ceil(height / PATCH);
}

/** The largest size of the same shape that the tier allows; the short side is rounded half to even, as the API does. */
export function fitted(size: ImageSize, { edge, tokens }: Tier): ImageSize {
  const allows = (one: ImageSize) => Math.max(padded(one.width), padded(one.height)) <= edge && patches(one) <= tokens;
  if (allows(size)) return size;
  const long = Math.max(size.width, size.height);
  const short = Math.min(size.width, size.height);
  const scaled = (side: number): ImageSize => {
    const other = Math.max(1, halfToEven((side * short) / long));
    return size.width >= size.height ? { width: side, height: other } : { width: other, height: side };
  };
  let fits = 1;
  let tooLarge = long;
  while (fits + 1 < tooLarge) {
    const middle = Math.floor((fits + tooLarge) / 2);
    if (allows(scaled(middle))) fits = middle;
    else tooLarge = middle;
  }
  return scaled(fits);
}

function padded(side: number): number {
  return Math.ceil(side / PATCH) * PATCH;
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
