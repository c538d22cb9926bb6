import { get_encoding } from "tiktoken";
import { type Row, row } from "../../scripts/bench/row.ts";
import { inputOf } from "../../src/budget/estimate/estimate.ts";
import { loadCounter } from "../../src/tokens/counter.ts";
import { BASE_ENCODING, type EncodingName, encodingForModel } from "../../src/tokens/encoding.ts";
import { contentShares } from "../../src/tokens/estimate/contentClass.ts";
import type { TokenEstimate } from "../../src/tokens/estimate.ts";
import { wireApis } from "../../src/wire/api.ts";
import { API_NAMES, type ApiName, countable } from "../../src/wire/request.ts";
import { readTokenFile } from "../support/tokenFiles.ts";
import { corpora } from "./support/corpora.ts";
import { DOCUMENTED, type DocumentedSample } from "./support/documented.ts";

/** Texts of each kind that are sent as a request of OpenAI's. */
const BODIES = 40;
const CHAT_MODEL = "gpt-5";

/**
 * How far our estimates of a request's input are from what it is billed, before anything was learned: by the samples that the providers
 * document, and for OpenAI's Chat Completions by tiktoken with the rule of OpenAI's own cookbook.
 */
export async function bench(): Promise<Row[]> {
  const estimate = await estimator();
  return [...API_NAMES.flatMap((api) => documentedRows(api, estimate)), ...cookbookRows(estimate)];
}

type Estimate = (api: ApiName, body: object) => TokenEstimate;

async function estimator(): Promise<Estimate> {
  const encodings: EncodingName[] = ["o200k_base", "cl100k_base"];
  const counters = new Map(
    await Promise.all(encodings.map(async (encoding) => [encoding, await loadCounter(encoding, readTokenFile)] as const)),
  );
  return (api, body) => {
    const { model, parts } = wireApis[api].readRequest(body);
    const { texts, tokens } = countable(parts);
    const counter = counters.get(encodingForModel(model) ?? BASE_ENCODING)!;
    const counted = texts.reduce((sum, text) => sum + counter.count(text), 0);
    return inputOf({ tokens: counted, shares: contentShares(texts) }, tokens, model);
  };
}

/** By what requests are made of: the mean error, beside the usual rule of thumb; and how many lie in the range that we show. */
function documentedRows(api: ApiName, estimate: Estimate): Row[] {
  const contents = [...new Set(DOCUMENTED.filter((sample) => sample.api === api).map(({ content }) => content))];
  return contents.flatMap((content) => {
    const samples = DOCUMENTED.filter((sample) => sample.api === api && sample.content === content);
    const name = `${api}, ${samples.length} documented of ${content}`;
    const ours = samples.map((sample) => ({ sample, ...estimate(api, sample.body) }));
    const inside = ours.filter(({ low, high, sample }) => low <= sample.billed && sample.billed <= high);
    const goals = GOALS[api][content];
    return [
      row({
        ...{ name: `${name}: mean error`, unit: "%", better: "less" },
        ours: mean(ours.map(({ likely, sample }) => errorOf(likely, sample.billed))),
        peers: { "characters/4": mean(samples.map(ruleOfThumb)) },
        ...(goals?.error !== undefined && { goal: { of: "ours", op: "<=", value: goals.error } }),
      }),
      row({
        ...{ name: `${name}: inside our range`, unit: "of 1", better: "more" },
        ours: inside.length / samples.length,
        peers: {},
        ...(goals?.inside !== undefined && { goal: { of: "ours", op: ">=", value: goals.inside } }),
      }),
    ];
  });
}

/**
 * What may be asked of an estimate. Where the provider publishes tokenizer and frame, nothing less than the billed count; where it publishes
 * neither, that the range holds it, as it is meant to in nine of ten cases. How a tool is worded for the model is published by none of
 * them: at OpenAI we count its JSON, which is a little longer than the wording and must not be much longer. What the Responses API adds for
 * tools is in no range that would still say something, so there is no goal.
 */
const GOALS: Record<ApiName, Partial<Record<DocumentedSample["content"], { error?: number; inside?: number }>>> = {
  "openai-chat": { text: { error: 0, inside: 1 }, tools: { error: 10 } },
  "openai-responses": { text: { inside: 0.9 } },
  "anthropic-messages": { text: { inside: 0.9 }, tools: { inside: 0.9 } },
  "gemini-generate-content": { text: { inside: 0.9 }, tools: { inside: 0.9 }, picture: { inside: 0.9 } },
};

function ruleOfThumb({ body, billed }: DocumentedSample): number {
  return errorOf(JSON.stringify(body).length / 4, billed);
}

/** Whole requests of real texts: every one must be what tiktoken and the cookbook's rule make of it. */
function cookbookRows(estimate: Estimate): Row[] {
  const encoding = get_encoding("o200k_base");
  const count = (text: string) => encoding.encode_ordinary(text).length;
  const rows = corpora(BODIES, BODIES).map(({ name, judging, learning }) => {
    const bodies = judging.map((text, i) => ({
      model: CHAT_MODEL,
      messages: [
        { role: "developer", content: learning[i]! },
        { role: "user", name: "ada", content: text },
      ],
    }));
    // 3 for each message, 1 for each role, a name and 1 more, 3 for the answer.
    const truth = bodies.map(({ messages }) =>
      messages.reduce((sum, { content, name }) => sum + 4 + count(content) + (name ? count(name) + 1 : 0), 3),
    );
    const errors = bodies.map((body, i) => errorOf(estimate("openai-chat", body).likely, truth[i]!));
    const thumbs = bodies.map((body, i) => errorOf(JSON.stringify(body).length / 4, truth[i]!));
    return row({
      ...{ name: `openai-chat, ${bodies.length} of ${name}, by tiktoken and the cookbook's rule: largest error`, unit: "%" },
      ours: Math.max(...errors),
      peers: { "characters/4": Math.max(...thumbs) },
      better: "less",
      goal: { of: "ours", op: "<=", value: 0 },
    });
  });
  encoding.free();
  return rows;
}

/** In percent of what is billed. */
function errorOf(estimate: number, billed: number): number {
  return 100 * Math.abs(estimate / billed - 1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
