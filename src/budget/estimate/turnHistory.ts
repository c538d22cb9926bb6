import * as z from "zod/mini";
import type { ModelRef } from "../modelRef.ts";
import { NO_OUTPUTS, normOf, type OutputHistory, type OutputNorm, observe } from "./outputHistory.ts";

/** How a person's turns have been, by model and over all models (`*`): histograms, no single turn. */
export type TurnHistories = Readonly<Record<string, TurnHistory>>;

interface TurnHistory {
  /** What came after the first call's input, as `asInputTokens` measures it (tokens). */
  further: OutputHistory;
  /** Calls of the model. */
  calls: OutputHistory;
}

/** A turn that is over. */
export interface SeenTurn {
  further: number;
  calls: number;
}

/** What to expect of the next turn. */
export interface TurnNorm {
  further: OutputNorm;
  calls: OutputNorm;
  /** False: these are stated priors, not yet this person's own turns. */
  own: boolean;
}

/** Stated priors until there are enough turns of one's own: half stay below 20,000 tokens and 3 calls, nine of ten below 120,000 and 12. */
const FURTHER_PRIOR: OutputNorm = { likely: 20_000, high: 120_000 };
const CALLS_PRIOR: OutputNorm = { likely: 3, high: 12 };

/** More models than anybody uses; the one used longest ago is forgotten first. */
const MOST = 50;
const ANY = "*";

const HistogramSchema = z.object({ buckets: z.record(z.string(), z.number().check(z.minimum(0))) });
export const TurnHistoriesSchema = z.record(z.string(), z.object({ further: HistogramSchema, calls: HistogramSchema }));

/** The histories with one turn more. */
export function withTurn(histories: TurnHistories, ref: ModelRef, { further, calls }: SeenTurn): TurnHistories {
  const next = { ...histories };
  for (const key of [keyOf(ref), ANY]) {
    const before = ownOf(histories, key) ?? { further: NO_OUTPUTS, calls: NO_OUTPUTS };
    delete next[key]; // the last to be used stands last
    next[key] = { further: observe(before.further, further), calls: observe(before.calls, calls) };
  }
  const old = Object.keys(next).filter((key) => key !== ANY);
  for (const key of old.slice(0, Math.max(0, old.length - MOST))) delete next[key];
  return next;
}

/** What is usual for a model, else for any; the priors while there are too few turns. */
export function turnNorm(histories: TurnHistories, ref: ModelRef): TurnNorm {
  for (const key of [keyOf(ref), ANY]) {
    const history = ownOf(histories, key);
    const further = history && normOf(history.further, FURTHER_PRIOR);
    const calls = history && normOf(history.calls, CALLS_PRIOR);
    if (further && calls) return { further, calls, own: true };
  }
  return { further: FURTHER_PRIOR, calls: CALLS_PRIOR, own: false };
}

function ownOf(histories: TurnHistories, key: string): TurnHistory | undefined {
  return Object.hasOwn(histories, key) ? histories[key] : undefined;
}

function keyOf({ provider, model }: ModelRef): string {
  return `${provider}/${model}`;
}
