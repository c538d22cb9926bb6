import { type ComparedModel, compareModels, USUAL_MODELS } from "../../budget/compare.ts";
import type { CostRange } from "../../budget/estimate.ts";
import { inEnglish } from "../../budget/message.ts";
import { formatAmount } from "../../budget/money.ts";
import { planText } from "../../budget/plan.ts";
import { DEFAULT_POLICY } from "../../budget/policy.ts";
import { originOf } from "../../budget/priceOrigin.ts";
import type { ModelRef } from "../../budget/verdict.ts";
import { bundledCatalogue } from "../../prices/catalogue.ts";
import { refNamed } from "../../prices/find.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { State } from "../../protocol/daemon.ts";
import { loadCounter, type ReadTokenFile } from "../../tokens/counter.ts";
import { BASE_ENCODING, type EncodingName, encodingForModel } from "../../tokens/encoding.ts";
import type { Calibration } from "../../tokens/estimate/calibration.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { estimateTokens, type TokenEstimate } from "../../tokens/estimate.ts";
import { sourcesOf } from "./count/files.ts";
import { priceTable } from "./priceTable.ts";
import { reachDaemon } from "./reach.ts";
import { readText, UnreadableError } from "./readText.ts";
import type { Terminal } from "./terminal.ts";

export interface PriceOptions {
  model?: string[];
  maxOutput?: number;
  json?: boolean;
}

/** What prices depend on besides the prompt. */
export type Setting = Pick<State, "policy" | "allowances" | "plans" | "outputs" | "calibration"> & { list: PriceList };

/**
 * `price`: what a prompt of these files, folders and globs (`-`: standard input) would cost, as a range for each model. With the team's prices and models
 * and this person's usual answers, where the daemon can be asked; else with the prices that came with the product. Answers the exit
 * code: 1 when a file cannot be read, 2 when a model has no known price. Disposes of the client.
 */
export async function price(
  client: DaemonClient,
  files: readonly string[],
  options: PriceOptions,
  readTokenFile: ReadTokenFile,
  terminal: Terminal,
): Promise<number> {
  try {
    const text = await readAll(files, terminal);
    if (text === undefined) return 1;
    const setting = await settingOf(client, terminal);
    const compared = await compareAll(counterOf(text, readTokenFile, setting.calibration), options, setting);
    const named = (options.model ?? []).map((name) => refNamed(name, setting.list, ""));
    const unknown = named.filter(
      (ref) => !compared.some((one) => one.ref.model === ref.model && one.ref.provider === ref.provider),
    );
    for (const ref of unknown) terminal.err(`unknown model: ${ref.model} (its price is not known)`);
    if (unknown.length > 0) return 2;
    terminal.out(
      options.json
        ? JSON.stringify(
            compared.map((one) => priceRow(one, setting)),
            undefined,
            2,
          )
        : priceTable(compared, setting),
    );
    return 0;
  } finally {
    client.dispose();
  }
}

/** One prompt of all files; undefined, with the reasons told, where one that was named cannot be read. */
async function readAll(args: readonly string[], terminal: Terminal): Promise<string | undefined> {
  const { sources, faults } = await sourcesOf(args);
  const texts: string[] = [];
  for (const { file, named } of sources) {
    try {
      texts.push(await readText(file));
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      if (named || error.isText) faults.push(`${file}: ${error.message}`);
    }
  }
  for (const fault of faults) terminal.err(fault);
  return faults.length === 0 ? texts.join("\n") : undefined;
}

async function settingOf(client: DaemonClient, terminal: Terminal): Promise<Setting> {
  const state = await reachDaemon(client, terminal);
  if (state) return { ...state, list: await client.prices() };
  terminal.err(`without your team's prices, because Token Budget's daemon cannot be reached: ${client.link.reason ?? ""}`);
  const policy = { version: 0, author: "", note: "", createdAt: new Date(0).toISOString(), policy: DEFAULT_POLICY };
  return { policy, allowances: [], plans: [], outputs: {}, list: (await bundledCatalogue()).at(Date.now()) };
}

async function compareAll(
  countFor: (model: string) => Promise<TokenEstimate>,
  { model, maxOutput }: PriceOptions,
  setting: Setting,
): Promise<ComparedModel[]> {
  const { list, policy, allowances, plans, outputs } = setting;
  const compared = policy.policy.models.compared;
  const names = model ?? (compared.length > 0 ? compared : USUAL_MODELS);
  const refs = names.map((name) => refNamed(name, list, ""));
  const counts = new Map<ModelRef, TokenEstimate>();
  for (const ref of refs) counts.set(ref, await countFor(ref.model));
  const countOf = (ref: ModelRef) => counts.get(ref)!;
  return compareModels({
    ...{ refs, list, countFor: countOf, allowances, policy: policy.policy, plans, outputs },
    kind: "send",
    requestedOutput: maxOutput,
  });
}

/** Tokens of one text, as each model counts them. */
function counterOf(
  text: string,
  readTokenFile: ReadTokenFile,
  calibration: Calibration | undefined,
): (model: string) => Promise<TokenEstimate> {
  const shares = contentShares([text]);
  const counted = new Map<EncodingName, Promise<number>>();
  return async (model) => {
    const encoding = encodingForModel(model) ?? BASE_ENCODING;
    const base = counted.get(encoding) ?? loadCounter(encoding, readTokenFile).then(({ count }) => count(text));
    counted.set(encoding, base);
    return estimateTokens({ tokens: await base, shares }, model, calibration);
  };
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
