/**
 * How long answers have been: a histogram of output tokens with logarithmic buckets, in which older answers count ever less.
 * Some tens of numbers stand for all of a person's requests of one kind to one model; no text, no single request is in it.
 */
export interface OutputHistory {
  /** Weight by bucket: bucket `i` holds counts from 2^(i/4) to below 2^((i+1)/4) tokens. */
  buckets: Record<number, number>;
}

/** Lengths as quantiles: half of the answers stay below `likely`, nine of ten below `high` (tokens). */
export interface OutputNorm {
  likely: number;
  high: number;
}

/**
 * Stated priors for the output of one chat request, until the person's own history replaces them: half of the answers stay
 * below 400 tokens, nine of ten below 2,000 (our assumption, marked as an estimate wherever it is shown).
 */
export const OUTPUT_PRIOR: OutputNorm = { likely: 400, high: 2_000 };

/** Buckets for each doubling: what a quantile says is off by a tenth at most. */
const PER_DOUBLING = 4;
/** Longer answers count as this long (tokens, 2^24). */
const LAST_BUCKET = 24 * PER_DOUBLING;
/** What an answer still counts when one more has come: the last 100 make up two thirds of the weight. */
const KEPT = 0.99;
/** A bucket that counts less is empty. */
const LEAST = 0.01;

/** With fewer observations than this the prior alone speaks; from there on it counts ever less, and nothing from `FULL` on. */
const ENOUGH = 5;
const FULL = 25;

/** The history of nobody's requests. */
export const NO_OUTPUTS: OutputHistory = { buckets: {} };

/** The history with one answer more, of so many tokens (at least 1). */
export function observe({ buckets }: OutputHistory, tokens: number): OutputHistory {
  const faded = Object.entries(buckets).map(([bucket, weight]) => [Number(bucket), rounded(weight * KEPT)] as const);
  const next = new Map(faded.filter(([, weight]) => weight >= LEAST));
  const bucket = bucketOf(tokens);
  next.set(bucket, rounded((next.get(bucket) ?? 0) + 1));
  return { buckets: Object.fromEntries([...next].sort(([a], [b]) => a - b)) };
}

/** How many answers a history stands for, the older ones counting less. */
export function weightOf({ buckets }: OutputHistory): number {
  return Object.values(buckets).reduce((sum, weight) => sum + weight, 0);
}

/** What to expect of the next answer; undefined while there are too few to tell. Blends with the prior while there are few. */
export function normOf(history: OutputHistory, prior = OUTPUT_PRIOR): OutputNorm | undefined {
  const weight = weightOf(history);
  if (weight < ENOUGH) return undefined;
  const trust = Math.min(1, (weight - ENOUGH + 1) / (FULL - ENOUGH + 1));
  const blend = (own: number, before: number) => Math.round(before * (own / before) ** trust);
  return {
    likely: blend(quantileOf(history, weight / 2), prior.likely),
    high: blend(quantileOf(history, weight * 0.9), prior.high),
  };
}

/** The number of tokens below which `rank` of the weight lies, geometrically between its bucket's ends. */
function quantileOf({ buckets }: OutputHistory, rank: number): number {
  let below = 0;
  let last = 0;
  for (const [bucket, weight] of Object.entries(buckets)) {
    last = Number(bucket);
    if (below + weight >= rank) return 2 ** ((last + (rank - below) / weight) / PER_DOUBLING);
    below += weight;
  }
  return 2 ** ((last + 1) / PER_DOUBLING);
}

function bucketOf(tokens: number): number {
  return Math.min(LAST_BUCKET, Math.floor(Math.log2(Math.max(1, tokens)) * PER_DOUBLING));
}

function rounded(weight: number): number {
  return Math.round(weight * 1_000) / 1_000;
}
