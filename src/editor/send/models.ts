import * as vscode from "vscode";
import type { ModelRef } from "../../budget/modelRef.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";

/** A model of VS Code's to which a prompt can be sent, and under which name it is priced. */
export interface Sendable {
  chat: vscode.LanguageModelChat;
  ref: ModelRef;
}

/** All models of all vendors; ours are priced as the upstream's provider's. */
export async function sendableModels(upstreamProvider: string): Promise<Sendable[]> {
  const chats = await vscode.lm.selectChatModels();
  return chats.map((chat) => ({ chat, ref: refOf(chat, upstreamProvider) }));
}

/** Another vendor's model is priced by its own name: a vendor such as `copilot` serves many providers' models. */
function refOf({ vendor, id, family }: vscode.LanguageModelChat, upstreamProvider: string): ModelRef {
  return vendor === "token-budget" ? { provider: upstreamProvider, model: id } : { provider: vendor, model: family || id };
}

/** Lets the person pick, unless the wanted one is there. */
export async function chooseModel(models: Sendable[], wanted: ModelRef | undefined, what: string): Promise<Sendable | undefined> {
  const match = wanted && (sameIn(models, wanted) ?? models.find(({ ref }) => ref.model === wanted.model));
  if (match) return match;
  if (models.length === 0) return await tellNone();
  const rows = models.map((model) => ({
    label: model.chat.name,
    description: model.chat.vendor === "token-budget" ? vscode.l10n.t("Token Budget upstream") : model.chat.vendor,
    model,
  }));
  const placeHolder = wanted
    ? vscode.l10n.t("{0} is not among the editor's models; choose another", wanted.model)
    : vscode.l10n.t("Choose a model; you are asked first if it is expensive");
  return (await vscode.window.showQuickPick(rows, { title: vscode.l10n.t("Send {0}", what), placeHolder }))?.model;
}

/** Whoever serves it as well: that one's price is what the person has seen. */
function sameIn(models: readonly Sendable[], wanted: ModelRef): Sendable | undefined {
  return models.find(({ ref }) => sameModel(ref, wanted));
}

async function tellNone(): Promise<undefined> {
  const set = vscode.l10n.t("Set Upstream…");
  const text = vscode.l10n.t(
    "The editor has no language model yet. Set an OpenAI-compatible upstream, or sign in to a vendor such as Copilot.",
  );
  if ((await vscode.window.showInformationMessage(text, set)) === set)
    await vscode.commands.executeCommand("tokenBudget.setUpstreamKey");
}
