import { inputOf, partOf } from "../../../budget/estimate/estimate.ts";
import { type Comparison, needsOf } from "../../../budget/pricing/compare.ts";
import { loadCounter, type ReadTokenFile } from "../../../tokens/counter.ts";
import { BASE_ENCODING, type EncodingName, encodingForModel } from "../../../tokens/encoding.ts";
import type { Counted } from "../../../tokens/estimate/belief.ts";
import type { Calibration } from "../../../tokens/estimate/calibration.ts";
import { contentShares } from "../../../tokens/estimate/contentClass.ts";
import { estimateTokens, type TokenEstimate } from "../../../tokens/estimate.ts";
import { wireApis } from "../../../wire/api.ts";
import { type ApiName, countable, type PartKind, type RequestPart, type WireRequest } from "../../../wire/request.ts";

/** What a prompt is for each model, and what it asks for. */
export interface Asked extends Pick<Comparison, "requestedOutput" | "answers" | "serviceTier" | "needs"> {
  /** Input tokens as a model counts them. */
  inputFor(model: string): Promise<TokenEstimate>;
}

/** A request of an API, at whatever model. */
export interface AskedBody extends Asked {
  api: ApiName;
  /** The model that it names. */
  model?: string;
  /** The request as it would be at a model, whose pictures and tools have costs of their own. @throws TypeError when it is no such body */
  read(model: string): WireRequest;
  /** What its input is made of at a model: parts of one kind and speaker together, in the order in which they first come. */
  partsFor(model: string): Promise<PartGroup[]>;
  /** Tokens of parts at a model. */
  tokensOf(parts: readonly RequestPart[], model: string): Promise<TokenEstimate>;
}

/** Parts of one kind, by one speaker. */
export interface PartGroup {
  kind: PartKind;
  role?: "user" | "assistant";
  /** How many they are. */
  count: number;
  tokens: TokenEstimate;
}

/** Counts texts once in each encoding. */
export interface TextCounter {
  counted(texts: readonly string[], model: string): Promise<Counted>;
  calibration: Calibration | undefined;
}

export function createTextCounter(readTokenFile: ReadTokenFile, calibration: Calibration | undefined): TextCounter {
  const known = new Map<string, number>();
  const countOne = async (text: string, encoding: EncodingName) => {
    const key = `${encoding} ${text}`;
    const tokens = known.get(key) ?? (await loadCounter(encoding, readTokenFile)).count(text);
    known.set(key, tokens);
    return tokens;
  };
  return {
    calibration,
    async counted(texts, model) {
      const encoding = encodingForModel(model) ?? BASE_ENCODING;
      let tokens = 0;
      for (const text of texts) tokens += await countOne(text, encoding);
      return { tokens, shares: contentShares(texts) };
    },
  };
}

/** A text as a prompt: the text alone, for what goes around it depends on how it is sent. */
export function askedText(text: string, { counted, calibration }: TextCounter): Asked {
  return { inputFor: async (model) => estimateTokens(await counted([text], model), model, calibration) };
}

/** A parsed body as a prompt. @throws TypeError when it is no body of `api` */
export function askedBody(body: object, api: ApiName, { counted, calibration }: TextCounter): AskedBody {
  const read = (model: string) => wireApis[api].readRequest({ ...body, model });
  const own = "model" in body && typeof body.model === "string" && body.model !== "" ? body.model : undefined;
  const { maxOutput, answers, parts, serviceTier, speed } = read(own ?? "a model");
  const tier = speed ?? serviceTier; // Anthropic's speed has the prices of a tier of its own
  const tokensOf = async (some: readonly RequestPart[], model: string) => {
    const { texts, tokens } = countable(some);
    return partOf(await counted(texts, model), tokens, model, calibration);
  };
  return {
    ...{ api, answers, read, tokensOf, requestedOutput: maxOutput, needs: needsOf(parts) },
    ...(own !== undefined && { model: own }),
    ...(tier !== undefined && { serviceTier: tier }),
    async inputFor(model) {
      const { texts, tokens } = countable(read(model).parts);
      return inputOf(await counted(texts, model), tokens, model, calibration);
    },
    async partsFor(model) {
      const groups = Object.values(Object.groupBy(read(model).parts, ({ kind, role }) => `${kind} ${role}`));
      const nonEmpty = groups.filter((group) => group !== undefined);
      return await Promise.all(
        nonEmpty.map(async (group) => {
          const { kind, role } = group[0]!;
          return { kind, ...(role && { role }), count: group.length, tokens: await tokensOf(group, model) };
        }),
      );
    },
  };
}
