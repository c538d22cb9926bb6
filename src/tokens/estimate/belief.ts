import { CONTENT_CLASSES, type Shares } from "./contentClass.ts";
import type { Family } from "./families.ts";

/** A text as it was counted here, which is all that an estimate is made of: its tokens in the base encoding, and of what kind they are. */
export interface Counted {
  tokens: number;
  shares: Shares;
}

/** What is believed of a tokenizer, in numbers alone. By class in the order of `CONTENT_CLASSES`. */
export interface Belief {
  /** Natural logarithms of its tokens for one base token, and the variances of these means. */
  ratios: number[];
  doubts: number[];
  /** The variances of texts around them, and how many observations these rest on. */
  spreads: number[];
  weights: number[];
  /** Tokens of a request beyond what is counted, and the variance. */
  overhead: number;
  overheadDoubt: number;
  /** The mean of the last residuals, in deviations: far from 0 where the belief is wrong and not merely its texts unusual. */
  bias: number;
}

/** A belief's forecast. */
export interface Forecast {
  tokens: number;
  /** Standard deviation of the logarithm of the tokens. */
  deviation: number;
}

/** So many deviations hold nine of ten texts where they scatter most, and more where less: their tails are heavier than a normal distribution's. */
const BAND = 2.2;

/** Deviations of texts around their class's ratio (natural logarithm), by class: about as measured with eight public tokenizers. */
const SPREADS = [0.05, 0.06, 0.1, 0.07, 0.08, 0.12];
/** Short texts scatter more: this over the base tokens is added to the variance. */
const SHORT = 0.3;
/** Tokens by which a frame may differ from request to request. */
const FRAME = 2;

/** A request that is further out than so many deviations moves the belief no more than one that is just so far (Huber), and settles less of it. */
const CLIP = 2.5;
/** By so much of the way an observation brings doubts back to where they were at first, so that what is old is forgotten. */
const FORGET = 0.004;
/** How fast the bias follows, and from where on it is none of chance: of unbiased residuals it has a deviation of 0.35. */
const BIAS_RATE = 0.25;
const MOST_BIAS = 1;
/** For each deviation of bias beyond that, doubts grow by so many times what they were at first (up to so many times), and spreads learn so much less. */
const RELEARN = 1;
const MOST_DOUBT = 6;
const LESS_SPREAD = 2;
/** Observations that the first spreads are worth, and the most that later ones are: so long does a spread remember. */
const SPREAD_PRIOR = 4;
const SPREAD_MEMORY = 40;
/** No tokenizer has more than eight times the base's tokens, or less than an eighth; no class of texts scatters more or less than this. */
const WIDEST = Math.log(8);
const [LEAST_SPREAD, MOST_SPREAD] = [0.01 ** 2, 0.7 ** 2];
const MOST_OVERHEAD = 20_000;

/** A surprising request is often one with something around it: by so many tokens the doubt about the overhead grows for each squared deviation beyond two. */
const STRANGE = 16;

/** What is believed of a family's tokenizer before anything was observed. */
export function priorOf({ ratios, overhead }: Family): Belief {
  const spreads = SPREADS.map((deviation) => deviation ** 2);
  return {
    ratios: ratios.likely.map(Math.log),
    doubts: ratios.within.map((within, i) => {
      const whole = (Math.log(within) / BAND) ** 2;
      return Math.max(whole - spreads[i]!, whole / 2); // what is not the texts' scatter, but never so little that nothing is learned
    }),
    spreads,
    weights: spreads.map(() => 0),
    overhead: overhead.likely,
    overheadDoubt: (overhead.within / BAND) ** 2,
    bias: 0,
  };
}

/** The belief about another model of the same family: as likely, but with a good part of the doubts of the beginning. */
export function widened(belief: Belief, prior: Belief): Belief {
  const part = (now: number, first: number) => Math.min(first, now + first / 4);
  return {
    ...belief,
    doubts: belief.doubts.map((doubt, i) => part(doubt, prior.doubts[i]!)),
    overheadDoubt: part(belief.overheadDoubt, prior.overheadDoubt),
    weights: belief.weights.map(() => 0),
    bias: 0,
  };
}

/** Tokens of a text, or with `frame` (the tokens counted for what is around the texts) of a whole request. */
export function forecast(belief: Belief, counted: Counted, frame?: number): Forecast {
  const { tokens, parts, scatter } = expected(belief, counted, frame);
  // As if all classes erred together: a tokenizer that is dearer than thought for one often is for others.
  const ratios = belief.doubts.reduce((sum, doubt, i) => sum + parts[i]! * Math.sqrt(doubt), 0);
  // What stands around is so many tokens more or less, however short the text is: no multiple of it.
  const around = (deviation: number) => Math.log1p(parts.at(-1)! * deviation);
  const doubt = ratios + around(Math.sqrt(belief.overheadDoubt));
  return { tokens, deviation: Math.sqrt(doubt ** 2 + scatter + around(FRAME) ** 2) };
}

/** `likely`, and what nine of ten are between. */
export function bandOf({ tokens, deviation }: Forecast): { low: number; likely: number; high: number } {
  const factor = Math.exp(BAND * deviation);
  return { low: Math.floor(tokens / factor), likely: Math.round(tokens), high: Math.ceil(tokens * factor) };
}

/**
 * The belief after a request of which the provider has told the `actual` tokens: an extended Kalman filter on their logarithm, with a variance
 * for each ratio but no covariances, in which a surprising request counts for less (Huber's weight), and doubts grow back: slowly always, fast
 * while one request after another is off in the same direction. Each class learns by its share of the text; spreads follow the squared
 * residuals.
 */
export function learn(belief: Belief, prior: Belief, counted: Counted, frame: number, actual: number): Belief {
  const { tokens, parts, scatter } = expected(belief, counted, frame);
  const doubts = doubtsOf(belief);
  const noise = scatter + (parts.at(-1)! * FRAME) ** 2;
  const variance = parts.reduce((sum, part, i) => sum + part ** 2 * doubts[i]!, noise);
  const residual = Math.log(actual / Math.max(1, tokens));
  const trust = Math.min(1, (CLIP * Math.sqrt(variance)) / Math.abs(residual));
  const step = (trust * residual) / variance;
  const learned = parts.map((part, i) => doubts[i]! * part * step);
  const doubted = parts.map((part, i) => doubts[i]! * (1 - (trust * part ** 2 * doubts[i]!) / variance));
  const surprise = Math.min(residual ** 2 / variance, CLIP ** 2);
  const bias = belief.bias + BIAS_RATE * (Math.sign(residual) * Math.sqrt(surprise) - belief.bias);
  const lost = Math.max(0, Math.abs(bias) - MOST_BIAS);
  const left = doubtsOf(prior).map((first, i) => {
    const doubt = doubted[i]! + FORGET * (first - doubted[i]!) + RELEARN * lost * first;
    return Math.min(doubt, MOST_DOUBT * first);
  });
  const shares = CONTENT_CLASSES.map((name) => counted.shares[name]);
  const weights = belief.weights.map((weight, i) => Math.min(weight + shares[i]!, SPREAD_MEMORY));
  return {
    ratios: belief.ratios.map((ratio, i) => rounded(clamp(ratio + learned[i]!, -WIDEST, WIDEST))),
    doubts: left.slice(0, -1).map(rounded),
    spreads: belief.spreads.map((spread, i) => {
      const rate = shares[i]! / (SPREAD_PRIOR + weights[i]!) / (1 + LESS_SPREAD * lost);
      return rounded(clamp(spread * (1 + rate * (surprise - 1)), LEAST_SPREAD, MOST_SPREAD));
    }),
    weights: weights.map(rounded),
    overhead: rounded(clamp(belief.overhead + learned.at(-1)!, -frame, MOST_OVERHEAD)),
    overheadDoubt: rounded(left.at(-1)! + STRANGE ** 2 * Math.max(0, surprise - 2)),
    bias: rounded(bias),
  };
}

/** The expected tokens; how much of them hangs on each ratio and, last, on a token of overhead (0 without a frame); and the variance of such texts. */
function expected(belief: Belief, { tokens: base, shares }: Counted, frame?: number) {
  const ratios = belief.ratios.map((ratio, i) => base * shares[CONTENT_CLASSES[i]!] * Math.exp(ratio));
  const around = frame === undefined ? 0 : Math.max(0, frame + belief.overhead);
  const tokens = ratios.reduce((sum, part) => sum + part, around);
  const whole = Math.max(1, tokens); // of nothing, no part is too large
  const parts = [...ratios, frame === undefined ? 0 : 1].map((part) => part / whole);
  const scatter = CONTENT_CLASSES.reduce((sum, name, i) => sum + shares[name] * belief.spreads[i]!, SHORT / Math.max(1, base));
  return { tokens, parts, scatter };
}

function doubtsOf({ doubts, overheadDoubt }: Belief): number[] {
  return [...doubts, overheadDoubt];
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** Six significant digits: enough, and short where it is kept. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
