import type { Message } from "../../budget/message.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import { costRange } from "../guard/question.ts";
import { type Reader, say } from "../words.ts";
import { type FileCost, type FileTokens, together } from "./cost.ts";
import { type Fault, MOST_HOPS } from "./follow.ts";
import type { Paid } from "./kind.ts";
import type { Refusal } from "./place.ts";

/** What is known of an open prompt file. */
export interface PromptFileView extends FileTokens {
  name: string;
  model: string;
  /** The files that it refers to, each once. */
  files: { name: string; tokens: TokenEstimate; isImported: boolean }[];
  /** References that are not counted. */
  faults: number;
  /** Absent without a price list. */
  price?: FilePrice | undefined;
}

/** What a prompt file costs, and by which price. */
export interface FilePrice {
  /** Absent where a flat-rate plan covers it: then there are no dollars to show. */
  cost?: FileCost;
  /** What it takes of that plan. */
  plan?: Message;
  /** Where the price comes from and as of when. */
  origin?: Message;
  /** False: it is that of another model, because this one's is not known. */
  isKnown: boolean;
}

/** The text above a prompt file, and what stands behind it. Names of files are in the tooltip alone, which draws no icons. */
export interface LensText {
  title: string;
  tooltip: string;
}

/** Files that a tooltip names, at most. */
const MOST_NAMED = 20;

export function lensText(view: PromptFileView, reader: Reader): LensText {
  const { t } = reader;
  const parts = [
    t("{0} tokens", count(view.own, reader)),
    costWords(view, reader),
    view.faults === 1 ? t("1 reference not counted") : view.faults > 1 && t("{0} references not counted", view.faults),
  ];
  const title = parts.filter(Boolean);
  const files = filesWords(view, reader);
  if (files) title[0] = `${title[0]} ${files}`;
  return { title: title.join(" · "), tooltip: tooltip(view, reader).join("\n") };
}

function filesWords({ files }: PromptFileView, reader: Reader): string | undefined {
  const { t } = reader;
  const tokens = count(together(files.map((file) => file.tokens)), reader);
  if (files.length === 0) return undefined;
  return files.length === 1 ? t("+ 1 file, {0} tokens", tokens) : t("+ {0} files, {1} tokens", files.length, tokens);
}

function costWords({ paid, price }: PromptFileView, { t }: Reader): string | undefined {
  const cost = price?.cost && costRange(price.cost.from, price.cost.to);
  const when = paidWords(paid, t);
  if (!when) return cost && t("{0} per request", cost);
  return cost ? t("{0}, {1}", cost, when) : when;
}

/** When it is paid, after a price or alone; undefined for what is a request itself. */
function paidWords(paid: Paid, t: Reader["t"]): string | undefined {
  switch (paid) {
    case "asRequest":
      return undefined;
    case "always":
      return t("paid on every request");
    case "inFolder":
      return t("paid on every request in this folder");
    case "whenApplied":
      return t("paid on requests that it applies to");
    case "whileChosen":
      return t("paid on every request to this agent");
    case "whenUsed":
      return t("paid when the skill is used");
  }
}

function tooltip(view: PromptFileView, reader: Reader): string[] {
  const { name, model, own, files } = view;
  const { t } = reader;
  const named = files.slice(0, MOST_NAMED).map((file) => {
    const tokens = count(file.tokens, reader);
    return file.isImported ? t("{0}: {1} tokens, imported", file.name, tokens) : t("{0}: {1} tokens, linked", file.name, tokens);
  });
  const more = files.length - MOST_NAMED;
  return [
    t("{0}: {1} tokens for {2}", name, band(own, reader), model),
    ...named,
    ...(more > 0 ? [t("… and {0} more files", more)] : []),
    ...(view.price ? priceLines(view, view.price, reader) : []),
  ];
}

function priceLines({ paid, files }: PromptFileView, { cost, plan, origin, isKnown }: FilePrice, { t }: Reader): string[] {
  const isLinked = files.some(({ isImported }) => !isImported);
  const lines = [
    cost && paid === "asRequest" && t("The price is from that of a usual answer to that of a long one."),
    cost && paid !== "asRequest" && t("The price is from that of text in the provider's cache to that of new text."),
    cost && isLinked && t("Linked files are read where the assistant wants to: only its end has them."),
    cost && !isKnown && t("This model's price is not known: another one's stands for it."),
    plan && say(t, plan),
    origin && t("Price: {0}.", say(t, origin)),
    t("Select to compare models."),
  ];
  return lines.filter((line) => typeof line === "string");
}

/** Why a reference is not counted, and who refers to it where that is another file. `show` shortens a path for people. */
export function faultText({ refusal, path, importedBy }: Fault, { t }: Reader, show: (path: string) => string): string {
  const why = refusalText(refusal, show(path), t);
  return importedBy ? t("{0} {1} imports it.", why, show(importedBy)) : why;
}

function refusalText(refusal: Refusal, name: string, t: Reader["t"]): string {
  switch (refusal) {
    case "missing":
      return t("Not counted: there is no file “{0}”.", name);
    case "outside":
      return t("Not counted: {0} is outside of this workspace.", name);
    case "network":
      return t("Not counted: {0} is a network path, which is not opened.", name);
    case "folder":
      return t("Not counted: {0} is a folder.", name);
    case "notRegular":
      return t("Not counted: {0} is not a regular file.", name);
    case "tooLarge":
      return t("Not counted: {0} is larger than 1 MiB.", name);
    case "binary":
      return t("Not counted: {0} is not a text file.", name);
    case "unreadable":
      return t("Not counted: {0} cannot be read.", name);
    case "tooMany":
      return t("Not counted: too many files come before {0}.", name);
    case "tooDeep":
      return t("Not counted: {0} is more than {1} imports away, where Claude Code stops.", name, MOST_HOPS);
  }
}

/** `1,234`, with `~` where the count is not exact. */
function count({ likely, exact }: TokenEstimate, { locale }: Reader): string {
  return `${exact ? "" : "~"}${likely.toLocaleString(locale)}`;
}

function band(tokens: TokenEstimate, reader: Reader): string {
  if (tokens.exact) return count(tokens, reader);
  const show = (number: number) => number.toLocaleString(reader.locale);
  return reader.t("~{0} ({1} to {2})", show(tokens.likely), show(tokens.low), show(tokens.high));
}
