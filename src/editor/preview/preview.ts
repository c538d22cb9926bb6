import * as vscode from "vscode";
import { alternativesTo, type ComparedModel, compareModels, USUAL_MODELS } from "../../budget/compare.ts";
import type { ModelRef } from "../../budget/verdict.ts";
import { refNamed } from "../../prices/find.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import type { Counter } from "../counting/counter.ts";
import type { PriceBook } from "../priceBook.ts";
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
  const rows = compared.map((model): Row => {
    const [cheaper] = alternativesTo(compared, model.cost);
    return { ...previewText(model, cheaper, parts.reader()), model };
  });
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
  const refs = await comparedRefs(list, parts);
  const counts = new Map<ModelRef, TokenEstimate>();
  for (const ref of refs) counts.set(ref, await parts.counter.count([text], ref));
  return compareModels({
    refs,
    list,
    countFor: (ref) => counts.get(ref)!,
    allowances: state.allowances,
    policy: state.policy.policy,
    plans: state.plans,
    kind: "send",
    outputs: state.outputs,
  });
}

/** The policy's models, else usual ones and the upstream's. */
async function comparedRefs(list: PriceList, parts: PreviewParts): Promise<ModelRef[]> {
  const named = parts.client.state?.policy.policy.models.compared ?? [];
  if (named.length > 0) return named.map((name) => refNamed(name, list, parts.upstreamProvider()));
  return [...(await parts.upstreamModels()), ...USUAL_MODELS.map((name) => refNamed(name, list, parts.upstreamProvider()))];
}
