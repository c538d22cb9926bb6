import * as vscode from "vscode";
import { type ComparedModel, compareModels } from "../../budget/compare.ts";
import { type ModelRef, sameModel } from "../../budget/verdict.ts";
import type { ModelPrice, PriceList } from "../../prices/rates.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import type { Counter } from "../counting/counter.ts";
import { modelNamed, type PriceBook, pricedModels } from "../priceBook.ts";
import { nameOf, type Prompt, textOf } from "../prompt.ts";
import type { Setting } from "../settings.ts";
import type { Reader } from "../words.ts";
import { previewText } from "./text.ts";

export interface PreviewParts {
  client: Pick<DaemonClient, "state">;
  counter: Counter;
  prices: PriceBook;
  upstreamProvider: () => string;
  upstreamModels: () => Promise<ModelRef[]>;
  estimateModel: Setting<string>;
  sendWith: (prompt: Prompt, ref: ModelRef) => Promise<void>;
  reader: () => Reader;
}

/** Compared where the policy names none, as far as their prices are known. */
const USUAL = ["gpt-5-mini", "gpt-5", "claude-haiku-4-5", "claude-sonnet-4-5", "gemini-2.5-flash", "gemini-2.5-pro"];

interface Row extends vscode.QuickPickItem {
  model?: ComparedModel;
}

/** `Token Budget: Preview Prompt Cost`: what this prompt would cost with each model, before it is sent. */
export async function previewCost(prompt: Prompt, parts: PreviewParts): Promise<void> {
  const { t } = parts.reader();
  const compared = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: t("Counting tokens…") },
    () => compare(textOf(prompt), parts),
  );
  const rows = compared.map((model): Row => ({ ...previewText(model, parts.reader()), model }));
  const picked = await vscode.window.showQuickPick<Row>(rows, {
    title: t("Cost of {0}", nameOf(prompt)),
    placeHolder: t("Choose a model to send with, or to show estimates for"),
    matchOnDescription: true,
  });
  if (picked?.model) await offer(prompt, picked.model, parts);
}

async function offer(prompt: Prompt, { ref, name, verdict }: ComparedModel, parts: PreviewParts): Promise<void> {
  const { t } = parts.reader();
  const send = { label: `$(send) ${t("Send with this model")}` };
  const use = { label: `$(symbol-numeric) ${t("Use for estimates")}` };
  const choices = verdict.decision === "block" ? [use] : [send, use];
  const choice = await vscode.window.showQuickPick(choices, { title: name });
  if (choice === send) await parts.sendWith(prompt, ref);
  if (choice === use) await parts.estimateModel.set(`${ref.provider}/${ref.model}`);
}

/** @throws when the daemon, and with it the price list, cannot be reached */
async function compare(text: string, parts: PreviewParts): Promise<ComparedModel[]> {
  const list = await parts.prices.list();
  const { state } = parts.client;
  if (!state) return [];
  const models = await comparedModels(list, parts);
  const counts = new Map<ModelPrice, TokenEstimate>();
  for (const price of models) counts.set(price, await parts.counter.count([text], price));
  const countOf = (ref: ModelRef) => {
    const [, count] = [...counts].find(([price]) => sameModel(price, ref))!;
    return count;
  };
  return compareModels({ models, countFor: countOf, allowances: state.allowances, policy: state.policy.policy });
}

/** The policy's models, else usual ones and the upstream's. */
async function comparedModels(list: PriceList, parts: PreviewParts): Promise<ModelPrice[]> {
  const named = parts.client.state?.policy.policy.models.compared ?? [];
  const refs =
    named.length > 0
      ? named.map((name) => modelNamed(name, list, parts.upstreamProvider()))
      : [...(await parts.upstreamModels()), ...USUAL.map((name) => modelNamed(name, list, parts.upstreamProvider()))];
  const seen = new Set<string>();
  return pricedModels(list, refs).filter(({ provider, model }) => {
    const key = `${provider}/${model}`;
    return seen.size < seen.add(key).size;
  });
}
