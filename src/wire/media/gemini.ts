import { assumed, eitherOf, exactly } from "../tokenRange.ts";
import type { ImageSize } from "./imageSize.ts";
import type { MediaRules } from "./rules.ts";

/** Levels of `mediaResolution`, of the request or of a part, in the API's words. */
const LOW = "MEDIA_RESOLUTION_LOW";
const MEDIUM = "MEDIA_RESOLUTION_MEDIUM";
const HIGH = "MEDIA_RESOLUTION_HIGH";
const ULTRA_HIGH = "MEDIA_RESOLUTION_ULTRA_HIGH";

/** Tokens of one tile up to Gemini 2.x, and of a picture of at most 384 x 384 pixels, which is not cut into tiles. */
const TILE = 258;
const UNCUT = 384;
/** What is assumed of a picture whose size only the server knows: from uncut to a panorama of 5 : 1, likely 4 : 3. */
const TILES_OF_UNKNOWN = { low: 1, likely: 4, high: 16 };

/** Tokens of a picture and of a page from Gemini 3 on. */
const PICTURE = new Map([
  [LOW, 280],
  [MEDIUM, 560],
  [HIGH, 1120],
  [ULTRA_HIGH, 2240],
]);
const PAGE = new Map([
  [LOW, 280],
  [MEDIUM, 560],
  [HIGH, 1120],
]);

/** Most pages of PDF in a request (ai.google.dev, document-processing). */
const PAGES_MAX = 1_000;

/**
 * What pictures, pages, sound and film cost at Gemini.
 * Sources (ai.google.dev, gemini-api/docs, read 2026-11): image-understanding ("Token calculation"), media-resolution ("Token counts"),
 * tokens, audio, video-understanding, document-processing. A model whose name tells no generation (`gemini-flash-latest`) is taken for a newest one, with
 * bounds that hold both.
 */
export function geminiMedia(model: string): MediaRules {
  const generation = /gemini-(\d+)/.exec(model)?.[1];
  if (generation === undefined) return eitherGeneration;
  return Number(generation) >= 3 ? sinceGemini3 : untilGemini2;
}

/** Gemini 3: so many tokens for a picture, whatever its size. Text in PDFs is read along and not billed. */
const sinceGemini3: MediaRules = {
  image: (_, detail) => exactly(PICTURE.get(detail ?? HIGH) ?? 1120),
  pdfPage: (detail) => exactly(PAGE.get(detail ?? MEDIUM) ?? 560),
  pdfPagesMax: PAGES_MAX,
  audioSecond: exactly(25),
  // One frame a second, and its sound.
  videoSecond: (detail) => exactly((detail === HIGH ? 280 : 70) + 25),
};

/** Gemini up to 2.x: by tiles, unless less resolution is asked for. */
const untilGemini2: MediaRules = {
  image: (size, detail) => {
    if (detail === LOW) return exactly(64);
    if (detail === MEDIUM) return exactly(256);
    if (size) return exactly(tiles(size) * TILE);
    const { low, likely, high } = TILES_OF_UNKNOWN;
    return assumed(low * TILE, likely * TILE, high * TILE);
  },
  pdfPage: () => exactly(TILE),
  pdfPagesMax: PAGES_MAX,
  audioSecond: exactly(32),
  videoSecond: (detail) => exactly(detail === LOW ? 100 : 300),
};

const eitherGeneration: MediaRules = {
  image: (size, detail) => eitherOf(sinceGemini3.image(size, detail), untilGemini2.image(size, detail)),
  pdfPage: (detail) => eitherOf(sinceGemini3.pdfPage(detail), untilGemini2.pdfPage(detail)),
  pdfPagesMax: PAGES_MAX,
  audioSecond: eitherOf(sinceGemini3.audioSecond, untilGemini2.audioSecond),
  videoSecond: (detail) => eitherOf(sinceGemini3.videoSecond(detail), untilGemini2.videoSecond(detail)),
};

/** A larger picture is cut into tiles of `floor(min(width, height) / 1.5)` pixels, each scaled to 768 x 768: 960 x 540 makes 3 x 2. */
function tiles({ width, height }: ImageSize): number {
  if (width <= UNCUT && height <= UNCUT) return 1;
  const unit = Math.max(1, Math.floor(Math.min(width, height) / 1.5));
  return Math.ceil(width / unit) * Math.ceil(height / unit);
}
