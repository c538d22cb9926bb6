import { bar, percent } from "../../budget/share.ts";
import type { Reader } from "../words.ts";
import { withoutIcons } from "../words.ts";
import type { Part } from "./parts.ts";

/** A part of a document and what it takes. */
export interface CountedPart extends Part {
  tokens: number;
  /** Of all parts, 0..1. */
  share: number;
}

/** The tokens of a document's parts, as a model counts them. */
export interface CountedParts {
  name: string;
  model: string;
  exact: boolean;
  total: number;
  parts: CountedPart[];
}

/** Shares from which a part is warm, hot, hotter and hottest. */
const HEAT = [0.05, 0.15, 0.3, 0.5];
/** As many signs as there are steps, for eyes that do not tell the colours apart. */
const SIGNS = ["", "▂", "▄", "▆", "█"];

/** How hot a part is: 0 (little) to 4 (half of all tokens or more). */
export function heatOf(share: number): number {
  return HEAT.filter((from) => share >= from).length;
}

/** What stands behind a part's first line: `▄ ~420 tokens, 31%`. */
export function partLabel({ tokens, share }: CountedPart, { exact }: CountedParts, reader: Reader): string {
  return `${SIGNS[heatOf(share)]} ${reader.t("{0} tokens, {1}", count(tokens, exact, reader), percent(share))}`.trim();
}

/** The hover over a part. The title is the document's: text, never Markdown. */
export function partHover(part: CountedPart, whole: CountedParts, reader: Reader): { title: string; text: string } {
  const { t } = reader;
  const tokens = count(part.tokens, whole.exact, reader);
  const all = count(whole.total, whole.exact, reader);
  return {
    title: titleOf(part, reader),
    text: t("{0} tokens for {1}: {2} of {3}", tokens, whole.model, percent(part.share), all),
  };
}

/** A row of the list of parts. */
export interface PartRow {
  label: string;
  detail: string;
  part: CountedPart;
}

/** The parts that take most, first. */
export function partRows(whole: CountedParts, reader: Reader): PartRow[] {
  const { t } = reader;
  return whole.parts
    .toSorted((a, b) => b.tokens - a.tokens || a.start - b.start)
    .map((part) => {
      const tokens = t("{0} tokens", count(part.tokens, whole.exact, reader));
      const detail = [`${bar(part.share)} ${percent(part.share)}`, tokens, t("line {0}", part.start + 1)].join(" · ");
      return { label: withoutIcons(titleOf(part, reader)), detail, part };
    });
}

/** Only front matter has no title of its own. */
function titleOf({ title }: CountedPart, { t }: Reader): string {
  return title || t("Front matter");
}

function count(tokens: number, exact: boolean, { locale }: Reader): string {
  return `${exact ? "" : "~"}${tokens.toLocaleString(locale)}`;
}
