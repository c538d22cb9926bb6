import * as z from "zod/mini";

/**
 * What crosses between the extension and the webview of Show Team. The extension knows everything and words everything in the person's language;
 * the view draws it and tells what the person does. Every text is data: it is shown as text, never as HTML.
 */

/** To the view: all that is shown, whenever something of it has changed. */
export interface ToView {
  type: "view";
  view: TeamView;
}

/** From the view, which could be made to send anything: what does not fit is not heard. */
export const FromViewSchema = z.discriminatedUnion("type", [
  /** The view was made, anew each time that its tab comes back to the front. */
  z.strictObject({ type: z.literal("ready") }),
  z.strictObject({ type: z.literal("choose"), range: z.string().check(z.maxLength(100)) }),
  z.strictObject({ type: z.literal("refresh") }),
  z.strictObject({ type: z.literal("export") }),
  z.strictObject({
    type: z.literal("decide"),
    id: z.string().check(z.maxLength(100)),
    decision: z.enum(["approve", "deny"]),
  }),
  z.strictObject({ type: z.literal("writeOff"), id: z.string().check(z.maxLength(100)) }),
]);
export type FromView = z.infer<typeof FromViewSchema>;

/** A message from the view; undefined where it is none. */
export function readFromView(message: unknown): FromView | undefined {
  return FromViewSchema.safeParse(message).data;
}

/** All that the view shows. */
export interface TeamView {
  ranges: { id: string; label: string; isChosen: boolean }[];
  /** `$148`. */
  total: string;
  /** `Fernway · November 1 – 28 · 1,240 requests · 4 people`. */
  summary: string;
  /** Who stands how, in a sentence: `1 has used everything, 1 is close.`. */
  answer: string;
  /** What leads see of people. */
  visibility: string;
  /** Why the figures are not up to date; absent when they are. */
  trouble?: string;
  requests: RequestCard[];
  doubts: DoubtCard[];
  /** What the whole team shares, then people, the closest to their limits first. */
  meters: MeterRow[];
  /** Instead of people, where the policy shows none. */
  withheld?: string;
  days: DaysView;
  tables: SpendTable[];
  /** What is to be said of the figures. */
  notes: string[];
  words: Words;
  /** What a screen reader is told when something was chosen or decided. */
  announcement: string;
}

/** Somebody asks for more. */
export interface RequestCard {
  id: string;
  text: string;
  reason: string;
  until: string;
  /** For who only hears the buttons: `Approve: Sam Rossi, $10 more of Your month`. */
  approve: string;
  deny: string;
}

/** A silent machine holds money. */
export interface DoubtCard {
  /** The advance's id. */
  id: string;
  text: string;
  since: string;
  /** For who only hears the button. */
  writeOff: string;
}

/** How somebody, or the team, stands in their tightest allowance. */
export interface MeterRow {
  name: string;
  allowance: string;
  isShared: boolean;
  level: "ok" | "soft" | "spent";
  /** Of the limit, 0..1. */
  fraction: number;
  /** `$51 of $60`. */
  used: string;
  percent: string;
  /** Where it leads. */
  pace: string;
}

/** Spend by day, or by whole weeks; each told apart by model where it may be. */
export interface DaysView {
  columns: DayColumn[];
  /** What the colours mean, from 1 on; empty where there is but one. */
  legend: string[];
  /** Of the highest column. */
  caption: string;
}

export interface DayColumn {
  /** `Tue, Nov 24`. */
  name: string;
  /** Below the column; empty where there is no room. */
  label: string;
  amount: string;
  requests: string;
  /** `mostly gpt-5 (62%)`. */
  most: string;
  /** From the bottom: of the highest column (0..1), with the number of its colour (0: all others). */
  parts: { fraction: number; color: number }[];
  isToday: boolean;
}

/** What spend is told apart by, most first. */
export interface SpendTable {
  id: "model" | "project" | "purpose" | "source";
  heading: string;
  columns: string[];
  rows: { name: string; fraction: number; figures: string[]; color?: number }[];
}

/** Texts that stand still. */
export interface Words {
  heading: string;
  range: string;
  refresh: string;
  export: string;
  requests: string;
  approve: string;
  deny: string;
  doubts: string;
  doubtsExplained: string;
  writeOff: string;
  people: string;
  meterColumns: string[];
  showAll: string;
  days: string;
  dayColumns: string[];
  nothing: string;
}
