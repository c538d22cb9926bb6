import * as vscode from "vscode";
import type { ModelRef } from "../../budget/modelRef.ts";
import { needsOf } from "../../budget/pricing/compare.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";
import { readChatRequest } from "../../wire/openai/chatRequest.ts";
import { HOLD_OPTION } from "../chat/provider.ts";
import type { Counter } from "../counting/counter.ts";
import type { Grants } from "../grants/grants.ts";
import { compareOthers } from "../guard/alternatives.ts";
import { showRefusal } from "../guard/ask.ts";
import { type Guard, type GuardedRequest, withAlternative, withTakings } from "../guard/guard.ts";
import { type Hold, roughTokens } from "../guard/hold.ts";
import { type PriceBook, pricedBy, usualOutput } from "../priceBook.ts";
import type { Reader } from "../words.ts";
import type { SpendingClient } from "../workspaceClient.ts";
import { AnswerDocument } from "./answerDocument.ts";
import { chooseModel, type Sendable, sendableModels } from "./models.ts";
import { chatMessage, isEmpty, type Outgoing, wireContent } from "./outgoing.ts";

export interface SendParts {
  client: SpendingClient;
  guard: Guard;
  counter: Counter;
  prices: PriceBook;
  upstreamProvider: () => string;
  reader: () => Reader;
  grants: () => Pick<Grants, "ask" | "sendAnyway">;
}

/** `Token Budget: Send Prompt…`: to a model of VS Code, through the guard; the answer streams into a document beside. */
export async function sendPrompt(outgoing: Outgoing, parts: SendParts, wanted?: ModelRef): Promise<void> {
  if (isEmpty(outgoing)) return void vscode.window.showInformationMessage(vscode.l10n.t("There is no text to send."));
  const models = await sendableModels(parts.upstreamProvider());
  const model = await chooseModel(models, wanted, outgoing.name);
  if (!model) return;
  let request = await guardedRequest(model, outgoing, models, parts);
  for (;;) {
    const admission = await parts.guard.admit(request);
    if (admission.outcome === "cancelled") return;
    if (admission.outcome === "admitted") {
      // Several may go by the same name and price: it is the one that was chosen.
      const target = [model, ...models].find(({ ref }) => sameModel(ref, admission.hold.ref))!;
      return await withProgress(target, (token) => stream(target, outgoing, admission.hold, parts, token));
    }
    const way = await showRefusal(admission, parts.client.state, parts.reader());
    if (way === "preview") return void (await vscode.commands.executeCommand("tokenBudget.previewCost"));
    if (way === "askForMore") {
      const again = () => sendPrompt(outgoing, parts, request.ref);
      return await parts.grants().ask(admission.reply.cost.high, { name: outgoing.name, send: again });
    }
    if (way === "sendAnyway") {
      if (!(await parts.grants().sendAnyway(admission))) return;
      request = withTakings(request, admission);
      continue;
    }
    if (typeof way === "object") request = { ...request, purpose: way.purpose };
    else if (way !== "useAlternative" || !admission.alternative) return;
    else request = withAlternative(request, admission.alternative);
  }
}

function withProgress({ chat }: Sendable, task: (token: vscode.CancellationToken) => Promise<void>): Thenable<void> {
  const title = vscode.l10n.t("Asking {0}…", chat.name);
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (_, token) =>
    task(token),
  );
}

async function guardedRequest(
  { ref }: Sendable,
  outgoing: Outgoing,
  models: Sendable[],
  { client, counter, prices, reader }: SendParts,
): Promise<GuardedRequest> {
  const asked = readChatRequest({ model: ref.model, messages: [{ role: "user", content: wireContent(outgoing) }] });
  const [list, counted] = await Promise.all([prices.list(), counter.countInput(asked, ref)]);
  const others = models.map((one) => one.ref);
  return {
    origin: "send",
    ref,
    estimate: { ...counted, output: usualOutput(pricedBy(list, ref, client.state), ref, "send", client.state) },
    alternatives: (work) => {
      const request = { input: counted.input, kind: "send", at: reader().now, work, needs: needsOf(asked.parts) };
      return compareOthers(ref, others, request, list, client.state);
    },
    rounds: 1,
    attended: true,
    signal: new AbortController().signal, // until it is sent, the dialog is the only way to stop it
  };
}

/** Streams the answer. Our own provider adopts the hold and settles by the provider's usage; for every other model we count. */
async function stream(
  { chat, ref }: Sendable,
  outgoing: Outgoing,
  hold: Hold,
  { counter }: SendParts,
  token: vscode.CancellationToken,
): Promise<void> {
  let answer = "";
  let sent = false;
  try {
    const own = chat.vendor === "token-budget";
    if (!own) hold.leaves();
    const options = {
      justification: vscode.l10n.t("You chose to send this prompt."),
      ...(own && { modelOptions: { [HOLD_OPTION]: hold.id } }),
    };
    const response = await chat.sendRequest([chatMessage(outgoing)], options, token);
    sent = true;
    const document = await AnswerDocument.open(chat.name);
    for await (const piece of response.text) {
      answer += piece;
      if (!hold.isAdopted) hold.progress(roughTokens(answer));
      document.append(piece);
    }
    await document.done();
  } catch (error) {
    if (!hold.isAdopted && !sent && isDeclined(error)) await hold.cancel();
    if (!token.isCancellationRequested)
      void vscode.window.showErrorMessage(vscode.l10n.t("{0} did not answer: {1}", chat.name, (error as Error).message));
  } finally {
    if (!hold.isAdopted) await hold.end(async () => (answer ? (await counter.count([answer], ref)).likely : 0));
  }
}

/** VS Code declined for a model before anything was sent to it. */
function isDeclined(error: unknown): boolean {
  return error instanceof vscode.LanguageModelError && ["NoPermissions", "NotFound", "Blocked"].includes(error.code);
}
