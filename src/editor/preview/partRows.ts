import { percent } from "../../budget/share.ts";
import type { Calibration } from "../../tokens/estimate/calibration.ts";
import type { Refusal } from "../promptFiles/place.ts";
import type { Reader, Translate } from "../words.ts";
import { type PreviewPart, type PreviewPartKind, tokensOfPart } from "./part.ts";
import type { PartRow } from "./protocol.ts";
import { countText } from "./text.ts";

/** What fills the prompt, as a model counts it. */
export function partRows(
  parts: readonly PreviewPart[],
  model: string,
  calibration: Calibration | undefined,
  reader: Reader,
): PartRow[] {
  const counted = parts.map((part) => ({ part, tokens: tokensOfPart(part, model, calibration) }));
  const total = counted.reduce((sum, { part, tokens }) => sum + (part.isIncluded ? (tokens?.likely ?? 0) : 0), 0);
  return counted.map(({ part, tokens }) => {
    const { id, name, kind, isIncluded } = part;
    const { t } = reader;
    const fraction = isIncluded && tokens && total > 0 ? tokens.likely / total : 0;
    return {
      ...{ id, name, isIncluded, fraction },
      kind: part.content.state === "picture" ? t("picture") : kindText(kind, t),
      tokens: tokens ? countText(tokens, reader) : withoutTokens(part, t),
      share: fraction > 0 ? percent(fraction) : "",
      canExclude: kind !== "text" && tokens !== undefined,
      canRemove: kind === "file",
      includeLabel: t("Count {0}", name),
      removeLabel: t("Remove {0}", name),
    };
  });
}

function kindText(kind: PreviewPartKind, t: Translate): string {
  switch (kind) {
    case "text":
      return t("your text");
    case "instructions":
      return t("always included");
    case "reference":
      return t("referred to");
    case "file":
      return t("attached");
    case "tools":
      return t("in agent mode");
  }
}

function withoutTokens({ content }: PreviewPart, t: Translate): string {
  return content.state === "refused" ? refusalText(content.refusal, t) : t("counting…");
}

/** A word for why a file is not counted. */
function refusalText(refusal: Refusal, t: Translate): string {
  switch (refusal) {
    case "missing":
      return t("no such file");
    case "outside":
      return t("outside of the workspace");
    case "network":
      return t("a network path");
    case "folder":
      return t("a folder");
    case "notRegular":
      return t("no regular file");
    case "tooLarge":
      return t("too large");
    case "binary":
      return t("no text");
    case "unreadable":
      return t("not readable");
    case "tooMany":
      return t("one file too many");
    case "tooDeep":
      return t("too many imports away");
  }
}
