import * as z from "zod/mini";

/**
 * What crosses between the extension and the preview's webview. The extension knows everything and words everything in the person's language;
 * the view draws it and tells what the person does. Every text is data: it is shown as text, never as HTML.
 */

/** To the view. */
export type ToView =
  /** All that is shown, whenever something of it has changed; `heard` is the number of the last choice that is in it. */
  | { type: "view"; view: PreviewView; heard: number }
  /** What stands in the text box; `version` names this text. */
  | { type: "text"; text: string; version: number };

/** What the person can do besides typing and choosing. */
export const ACTIONS = [
  "send",
  "openChat",
  "copyPrompt",
  "copyFigures",
  "useForEstimates",
  "addFiles",
  "pasteClipboard",
] as const;
export type Action = (typeof ACTIONS)[number];

const Text = z.string();
const Offset = z.int().check(z.minimum(0));

/** What the person chooses in the view; it is seen there before the extension has heard of it. */
const ChoiceSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("source"), source: z.enum(["document", "typed"]) }),
  z.strictObject({ kind: z.literal("include"), part: Text, isIncluded: z.boolean() }),
  z.strictObject({ kind: z.literal("remove"), part: Text }),
  /** The model that the headline, the parts and the actions are for. */
  z.strictObject({ kind: z.literal("model"), model: Text }),
]);
export type Choice = z.infer<typeof ChoiceSchema>;

/** From the view, which could be made to send anything: what does not fit is not heard. */
export const FromViewSchema = z.discriminatedUnion("type", [
  /** The view was made, anew each time that its tab comes back to the front. */
  z.strictObject({ type: z.literal("ready") }),
  /** The text box was typed in: one change to the text that `version` names and the changes since. Offsets and lengths in UTF-16 units. */
  z.strictObject({ type: z.literal("edit"), version: z.int(), offset: Offset, length: Offset, text: Text }),
  /** `number` counts from 1 since the view was made: a view that was computed before the last of them is not drawn, for it would undo it. */
  z.strictObject({ type: z.literal("choice"), number: Offset, choice: ChoiceSchema }),
  z.strictObject({ type: z.literal("act"), action: z.enum(ACTIONS) }),
]);
export type FromView = z.infer<typeof FromViewSchema>;

/** A message from the view; undefined where it is none. */
export function readFromView(message: unknown): FromView | undefined {
  return FromViewSchema.safeParse(message).data;
}

/** All that the preview shows. */
export interface PreviewView {
  /** What the person may take the prompt from; the text box is shown while `typed` is chosen. */
  sources: { id: "document" | "typed"; label: string; isChosen: boolean }[];
  /** Absent while nothing is known of prices. */
  headline?: Headline;
  parts: PartRow[];
  /** What the parts come to at the chosen model, with what goes around them. */
  total: { label: string; tokens: string };
  models: ModelRow[];
  /** What is to be said below the tables: what is not counted, what was not found. */
  notes: string[];
  actions: Record<Action, ActionView>;
  /** The words that stand still. */
  words: Words;
  /** What a screen reader is told when the figures have changed. */
  announcement: string;
}

/** The chosen model's figures, in a few words. */
export interface Headline {
  model: string;
  /** `$0.05–$0.30`, or what stands for it where a plan covers the request. */
  amount: string;
  /** `starts around $0.02, usually $0.05–$0.30 · ~1.2k tokens`. */
  summary: string;
  /** `2% of what is left of Your month`. */
  share?: string;
  verdict: VerdictView;
  /** A cheaper model, and what to do to have its figures. */
  cheaper?: { text: string; model: string };
}

export interface VerdictView {
  decision: "allow" | "confirm" | "block";
  text: string;
  reasons: string[];
}

/** A part of the prompt. */
export interface PartRow {
  id: string;
  name: string;
  /** What it is: `instructions`, `attached file`. */
  kind: string;
  /** `~1,234`, or why there is no figure. */
  tokens: string;
  /** Its share of what is counted, as text and in 0..1. */
  share: string;
  fraction: number;
  isIncluded: boolean;
  /** Whether it may be left out, or taken away for good. */
  canExclude: boolean;
  canRemove: boolean;
  /** What a checkbox and a button say of it to a screen reader. */
  includeLabel: string;
  removeLabel: string;
}

/** A model. */
export interface ModelRow {
  /** `provider/model`. */
  id: string;
  name: string;
  /** Who serves it, and where its price is from and as of when. */
  origin: string;
  /** `cheapest`, `on this machine`, … */
  badges: { text: string; kind: "cheapest" | "local" | "estimates" }[];
  isChosen: boolean;
  tokens: string;
  /** `1,100 to 1,400`, where the count is an estimate. */
  range?: string;
  input: string;
  output: string;
  /** `$0.05–$0.30`, or the share of a plan's window. */
  total: string;
  /** Likely and nine-of-ten cost in 0..1 of the dearest shown; absent where no money is spent. */
  bar?: { likely: number; high: number };
  /** Of what is left of the tightest allowance, and which. */
  share: string;
  allowance?: string;
  /** How much of its context window is filled. */
  window: string;
  fits: boolean;
  verdict: VerdictView;
}

export interface ActionView {
  label: string;
  isEnabled: boolean;
  /** Why it is as it is: a tooltip. */
  title: string;
}

/** Texts that do not depend on the prompt. */
export interface Words {
  heading: string;
  textBox: string;
  textBoxHint: string;
  source: string;
  sourceActions: string;
  parts: string;
  partColumns: Record<"part" | "tokens" | "share", string>;
  noParts: string;
  models: string;
  modelColumns: Record<"model" | "tokens" | "input" | "output" | "total" | "share" | "window" | "verdict", string>;
  noModels: string;
  notes: string;
  actions: string;
  remove: string;
}
