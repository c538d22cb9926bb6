import type { CostRange } from "../../../budget/estimate/estimate.ts";
import { inEnglish } from "../../../budget/message.ts";
import type { ModelRef } from "../../../budget/modelRef.ts";
import { formatAmount } from "../../../budget/money.ts";
import { planText } from "../../../budget/plan/plan.ts";
import { DEFAULT_POLICY } from "../../../budget/policy/policy.ts";
import { type ComparedModel, compareModels, USUAL_MODELS } from "../../../budget/pricing/compare.ts";
import { originOf } from "../../../budget/pricing/priceOrigin.ts";
import { sameModel } from "../../../budget/verdict/verdict.ts";
import { bundledCatalogue } from "../../../prices/catalogue.ts";
import { refNamed } from "../../../prices/find.ts";
import type { PriceList } from "../../../prices/rates.ts";
import type { DaemonClient } from "../../../protocol/client.ts";
import type { State } from "../../../protocol/daemon.ts";
import type { ReadTokenFile } from "../../../tokens/counter.ts";
import type { TokenEstimate } from "../../../tokens/estimate.ts";
import { reachDaemon } from "../reach.ts";
import type { Terminal } from "../terminal.ts";
import { type Asked, type AskedBody, askedBody, askedText, createTextCounter } from "./asked.ts";
import { bodyJson, bodyText, reportBody } from "./body.ts";
import { type Form, type Prompt, readPrompt } from "./prompt.ts";
import { priceTable } from "./table.ts";

export interface PriceOptions {
  model?: string[];
  maxOutput?: number;
  api?: Form;
  json?: boolean;
}

/** What prices depend on besides the prompt. */
export type Setting = Pick<State, "policy" | "allowances" | "plans" | "outputs" | "calibration" | "clockSkew"> & {
  list: PriceList;
};

/**
 * `price`: what a prompt of these files, folders and globs (`-`: standard input), or a request's JSON body, would cost, as a range for each
 * model. With the team's prices and models and this person's usual answers, where the daemon can be asked; else with the prices that
 * came with the product. Answers the exit code: 1 when a file cannot be read, 2 when a model has no known price or none is named. Disposes
 * of the client.
 */
export async function price(
  client: DaemonClient,
  files: readonly string[],
  options: PriceOptions,
  readTokenFile: ReadTokenFile,
  terminal: Terminal,
): Promise<number> {
  try {
    const prompt = await readPrompt(files, options.api, terminal);
    if (!prompt) return 1;
    const setting = await settingOf(client, terminal);
    const asked = readAsked(prompt, createTextCounter(readTokenFile, setting.calibration), files[0]!, terminal);
    if (!asked) return 1;
    return await tell(asked, options, setting, terminal);
  } finally {
    client.dispose();
  }
}

function readAsked(
  prompt: Prompt,
  counter: ReturnType<typeof createTextCounter>,
  file: string,
  terminal: Terminal,
): Asked | AskedBody | undefined {
  if ("text" in prompt) return askedText(prompt.text, counter);
  try {
    return askedBody(prompt.body, prompt.api, counter);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    terminal.err(`${file}: ${error.message}`);
    return undefined;
  }
}

async function settingOf(client: DaemonClient, terminal: Terminal): Promise<Setting> {
  const state = await reachDaemon(client, terminal);
  if (state) return { ...state, list: await client.prices() };
  terminal.err(`without your team's prices, because Token Budget's daemon cannot be reached: ${client.link.reason ?? ""}`);
  const policy = { version: 0, author: "", note: "", createdAt: new Date(0).toISOString(), policy: DEFAULT_POLICY };
  return { policy, allowances: [], plans: [], outputs: {}, clockSkew: 0, list: (await bundledCatalogue()).at(Date.now()) };
}

async function tell(asked: Asked | AskedBody, options: PriceOptions, setting: Setting, terminal: Terminal): Promise<number> {
  const { list, policy } = setting;
  const body = "api" in asked ? asked : undefined;
  const { compared: team } = policy.policy.models;
  const own = body?.model === undefined ? [] : [body.model];
  const refs = (options.model ?? [...own, ...(team.length > 0 ? team : USUAL_MODELS)]).map((name) => refNamed(name, list, ""));
  const compared = await compareAll(asked, refs, options, setting);
  const named = refs.slice(0, options.model ? refs.length : own.length);
  const unknown = named.filter((ref) => !compared.some((one) => sameModel(one.ref, ref)));
  for (const ref of unknown) terminal.err(`unknown model: ${ref.model} (its price is not known)`);
  if (options.model && unknown.length > 0) return 2;
  if (!body) {
    terminal.out(options.json ? json(compared.map((one) => priceRow(one, setting))) : priceTable(compared, setting));
    return 0;
  }
  if (named.length === 0) {
    terminal.err("the request names no model (Gemini's stands in its URL): name one with --model");
    return 2;
  }
  const report = await reportBody(body, named[0]!, list);
  const rows = () => compared.map((one) => priceRow(one, setting));
  terminal.out(
    options.json ? json({ ...bodyJson(report), models: rows() }) : `${bodyText(report)}\n\n${priceTable(compared, setting)}`,
  );
  return 0;
}

async function compareAll(
  { inputFor, ...asked }: Asked,
  refs: readonly ModelRef[],
  { maxOutput }: PriceOptions,
  setting: Setting,
): Promise<ComparedModel[]> {
  const { list, policy, allowances, plans, outputs, clockSkew } = setting;
  const counts = new Map<ModelRef, TokenEstimate>();
  for (const ref of refs) counts.set(ref, await inputFor(ref.model));
  const countFor = (ref: ModelRef) => counts.get(ref)!;
  const { requestedOutput, answers, serviceTier, needs } = asked;
  return compareModels({
    ...{ refs, list, countFor, allowances, policy: policy.policy, at: Date.now() + clockSkew, plans, outputs, kind: "send" },
    requestedOutput: maxOutput ?? requestedOutput,
    ...(answers !== undefined && { answers }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(needs && { needs }),
  });
}

/** One model, for programs: amounts as decimal strings of USD. */
function priceRow(
  { ref, name, estimate, cost, source, verdict, exclusions, cheapest }: ComparedModel,
  { list, policy }: Setting,
) {
  const { text: _, ...origin } = originOf(source, list, policy);
  return {
    ...ref,
    name,
    tokens: estimate.input,
    output: estimate.output,
    cost: decimals(cost),
    ...(verdict.plan && { plan: inEnglish(planText(verdict.plan)) }),
    ...origin,
    cheapest,
    exclusions,
    decision: verdict.decision,
    reasons: verdict.reasons.map(({ code, text }) => ({ code, text: inEnglish(text) })),
  };
}

function decimals({ start, likely, high, worst }: CostRange) {
  return { start: formatAmount(start), likely: formatAmount(likely), high: formatAmount(high), worst: formatAmount(worst) };
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
