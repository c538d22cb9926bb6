import * as z from "zod/mini";
import { encodingForModel } from "../encoding.ts";
import { type Belief, type Counted, learn, priorOf, widened } from "./belief.ts";
import { CONTENT_CLASSES } from "./contentClass.ts";
import { familyOf, UNKNOWN_FAMILY } from "./families.ts";

/**
 * Raised when classes, priors, the base encoding or the form of a belief change their meaning: what was learned before is then forgotten.
 * A model whose family changes starts anew by itself.
 */
const VERSION = 1;
/** Models that are remembered; the one observed longest ago is forgotten first. A bound on what is kept, and sent to editors. */
const MOST_MODELS = 24;
const LONGEST_NAME = 200;

const Finite = z.number();
const Positive = z.number().check(z.positive());
const perClass = <S extends z.ZodMiniType>(schema: S) => z.array(schema).check(z.length(CONTENT_CLASSES.length));

const LearnedSchema = z.object({
  /** A model as `keyOf` writes it, or a family's id. */
  name: z.string().check(z.maxLength(LONGEST_NAME)),
  family: z.string(),
  /** How many requests it was learned from. */
  observations: z.int().check(z.positive()),
  belief: z.object({
    ratios: perClass(Finite),
    doubts: perClass(Positive),
    spreads: perClass(Positive),
    weights: perClass(z.number().check(z.minimum(0))),
    overhead: Finite,
    overheadDoubt: Positive,
    bias: Finite,
  }),
});
type Learned = z.infer<typeof LearnedSchema>;

/** What real usage has taught about models without a public tokenizer: some thirty numbers for each, never a text. Observed last, last. */
export const CalibrationSchema = z.object({
  version: z.literal(VERSION),
  models: z.array(LearnedSchema).check(z.maxLength(MOST_MODELS)),
  /** For models of a family that were not observed themselves. */
  families: z.array(LearnedSchema).check(z.maxLength(MOST_MODELS)),
});
export type Calibration = z.infer<typeof CalibrationSchema>;

const Tokens = z.number().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER));
const Share = z.number().check(z.minimum(0), z.maximum(1));

/**
 * The WHOLE input of a request as it was counted here: every text that the model gets, in the base encoding. Whoever makes one vouches for
 * that: no picture or sound, no tool whose wording only the provider knows, no prompt that somebody adds on the way. Otherwise there is
 * none, and nothing is learned from the request.
 */
export const WholeInputSchema = z.object({
  tokens: Tokens,
  shares: z.object({ prose: Share, code: Share, data: Share, cjk: Share, other: Share, layout: Share }),
  /** Tokens counted for the frame around the texts (roles, separators). */
  frame: Tokens,
});
export type WholeInput = z.infer<typeof WholeInputSchema>;

/** A calibration that has learned nothing. */
export const UNCALIBRATED: Calibration = { version: VERSION, models: [], families: [] };

/** A calibration that was kept; uncalibrated where it is of another version, or none at all. */
export function readCalibration(kept: unknown): Calibration {
  const read = CalibrationSchema.safeParse(kept);
  return read.success ? read.data : UNCALIBRATED;
}

/**
 * The calibration after a request to `model` with this input, for which the provider has told `actual` input tokens (cached ones included).
 * Unchanged where there is nothing to learn: the model's tokenizer is public, or the figures make no sense.
 */
export function observe(calibration: Calibration, model: string, input: WholeInput, actual: number): Calibration {
  if (encodingForModel(model) || !isUsable(input, actual)) return calibration;
  const family = familyOf(model).id;
  const next = (known: Learned[], name: string): Learned[] => {
    const { belief, observations } = found(known, name, family) ?? { belief: beliefOf(calibration, model), observations: 0 };
    const learned = learn(belief, priorOf(familyOf(model)), input, input.frame, actual);
    const others = known.filter((one) => one.name !== name);
    return [...others, { name, family, observations: observations + 1, belief: learned }].slice(-MOST_MODELS);
  };
  return {
    version: VERSION,
    models: next(calibration.models, keyOf(model)),
    families: family === UNKNOWN_FAMILY ? calibration.families : next(calibration.families, family),
  };
}

/** What is believed of a model's tokenizer: by its own requests, else by its family's, else beforehand. */
export function beliefOf(calibration: Calibration, model: string): Belief {
  const family = familyOf(model);
  const own = found(calibration.models, keyOf(model), family.id);
  if (own) return own.belief;
  const related = found(calibration.families, family.id, family.id);
  return related ? widened(related.belief, priorOf(family)) : priorOf(family);
}

function found(known: readonly Learned[], name: string, family: string): Learned | undefined {
  return known.find((one) => one.name === name && one.family === family);
}

/** One name for a model whatever gateway stands before it. */
function keyOf(model: string): string {
  return model
    .slice(model.lastIndexOf("/") + 1)
    .toLowerCase()
    .slice(0, LONGEST_NAME);
}

function isUsable({ tokens, shares }: Counted, actual: number): boolean {
  const sum = CONTENT_CLASSES.reduce((total, name) => total + shares[name], 0);
  return tokens >= 1 && Number.isFinite(tokens) && actual >= 1 && Number.isFinite(actual) && Math.abs(sum - 1) < 0.01;
}
