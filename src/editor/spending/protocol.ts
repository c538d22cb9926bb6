import * as z from "zod/mini";

/**
 * What crosses between the extension and the webview of Show Spending. The extension knows everything and words everything in the person's language;
 * the view draws it and tells what the person does. Every text is data: it is shown as text, never as HTML.
 */

/** To the view: all that is shown, whenever something of it has changed. */
export interface ToView {
  type: "view";
  view: SpendingView;
}

/** From the view, which could be made to send anything: what does not fit is not heard. */
export const FromViewSchema = z.discriminatedUnion("type", [
  /** The view was made, anew each time that its tab comes back to the front. */
  z.strictObject({ type: z.literal("ready") }),
  z.strictObject({ type: z.literal("choose"), range: z.string().check(z.maxLength(500)) }),
  z.strictObject({ type: z.literal("copy") }),
]);
export type FromView = z.infer<typeof FromViewSchema>;

/** A message from the view; undefined where it is none. */
export function readFromView(message: unknown): FromView | undefined {
  return FromViewSchema.safeParse(message).data;
}

/** All that the view shows. */
export interface SpendingView {
  ranges: { id: string; label: string; isChosen: boolean }[];
  /** `$22`. */
  total: string;
  /** `Your month, since November 1 · 182 requests`. */
  summary: string;
  /** `on pace to run out on Thursday`; absent where nothing can be said. */
  pace?: { text: string; isBad: boolean };
  /** What used it up, in a sentence; absent where nothing was used. */
  answer?: string;
  days: DayColumn[];
  /** What each day may use for the allowance to last, as a share of the highest column (0..1). */
  even?: { fraction: number; label: string };
  tables: SpendingTable[];
  /** What is to be said of the figures. */
  notes: string[];
  words: Words;
  /** What a screen reader is told when another range was chosen. */
  announcement: string;
}

/** A day of the chart, and of the table beside it. */
export interface DayColumn {
  /** `Tue, Nov 24`. */
  name: string;
  /** Below the column: `T`, or `24` where there are many; empty where there is no room. */
  label: string;
  amount: string;
  requests: string;
  /** Of the highest column, 0..1. */
  fraction: number;
  isToday: boolean;
}

/** What spend is told apart by, most first. */
export interface SpendingTable {
  id: "model" | "workspace" | "origin";
  heading: string;
  column: string;
  rows: SpendingRow[];
}

export interface SpendingRow {
  name: string;
  amount: string;
  share: string;
  /** Of the first row, 0..1: the length of its bar. */
  fraction: number;
  requests: string;
}

/** Texts that stand still. */
export interface Words {
  heading: string;
  range: string;
  days: string;
  columns: Record<"day" | "amount" | "share" | "requests", string>;
  nothing: string;
  copy: string;
}
