import * as vscode from "vscode";
import { type RequestEstimate, UNSTATED_MAX_OUTPUT } from "../../budget/estimate/estimate.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { parseAmount } from "../../budget/money.ts";
import { needsOf } from "../../budget/pricing/compare.ts";
import type { PriceList } from "../../prices/rates.ts";
import { type ChatRequest, readChatRequest } from "../../wire/openai/chatRequest.ts";
import type { Counter } from "../counting/counter.ts";
import { compareOthers } from "../guard/alternatives.ts";
import type { Guard } from "../guard/guard.ts";
import type { Hold } from "../guard/hold.ts";
import { inMarkdown, refusalText } from "../guard/question.ts";
import { priceDetail } from "../preview/text.ts";
import { type PriceBook, pricedBy, usualOutput } from "../priceBook.ts";
import type { Reader } from "../words.ts";
import type { SpendingClient } from "../workspaceClient.ts";
import { messageText, openAiMessages, openAiTools, turnMessages } from "./messages.ts";
import { chatRefusal } from "./refusal.ts";
import { sendUnderHold } from "./send.ts";
import { confirmationLeft, type Turn, Turns, turnOf } from "./turns.ts";
import { listModels, type UpstreamAddress } from "./upstream.ts";
import type { UpstreamAccount } from "./upstreamAccount.ts";

type ResponseOptions = vscode.ProvideLanguageModelChatResponseOptions;

/** The name of the model option by which `Send Prompt…` hands its hold to this provider. */
export const HOLD_OPTION = "tokenBudgetRequest";

/** Ids of the usual lists that are no chat models. */
const NO_CHAT = /embed|tts|whisper|dall-e|moderation|realtime|audio|transcribe|image|sora/;
/** Every round of tool calls sends the whole conversation again: a yes to the first that did not cover some more would be asked for again at once. */
const ROUNDS_COVERED = 5;
/** Assumed where the price list knows no window. */
const UNKNOWN_WINDOW = 128_000;

export interface ChatParts {
  client: SpendingClient;
  guard: Guard;
  counter: Counter;
  prices: PriceBook;
  upstream: UpstreamAccount;
  reader: () => Reader;
  log: vscode.LogOutputChannel;
}

/** The upstream's models in VS Code's own chat: every request to them goes through the guard. */
export class ChatProvider implements vscode.LanguageModelChatProvider, vscode.Disposable {
  private readonly parts: ChatParts;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly own: { dispose(): unknown }[];
  private readonly turns = new Turns();
  private models: { key: string; ids: Promise<string[]> } | undefined;
  readonly onDidChangeLanguageModelChatInformation = this.changed.event;

  constructor(parts: ChatParts) {
    this.parts = parts;
    const { client } = parts;
    let seen = client.state?.priceRef;
    this.own = [
      this.changed,
      parts.upstream.onDidChange(() => {
        this.models = undefined;
        this.changed.fire();
      }),
      // The editor keeps what it was told of the models: their prices are others now, or are known at last.
      client.onDidChange(() => {
        const { priceRef = seen } = client.state ?? {};
        if (priceRef !== seen) this.changed.fire();
        seen = priceRef;
      }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  async provideLanguageModelChatInformation(): Promise<vscode.LanguageModelChatInformation[]> {
    const address = await this.parts.upstream.address();
    if (!address) return [];
    try {
      const [ids, list] = await Promise.all([this.modelIds(address), this.parts.prices.list()]);
      return ids.map((id) => this.information(id, list));
    } catch (error) {
      this.parts.log.warn(`The upstream's models could not be listed: ${(error as Error).message}`);
      return [];
    }
  }

  /** The upstream's models as far as they can be listed. */
  async modelRefs(): Promise<ModelRef[]> {
    const address = await this.parts.upstream.address();
    const ids = address ? await this.modelIds(address).catch(() => []) : [];
    return ids.map((model) => ({ provider: this.parts.upstream.provider, model }));
  }

  async provideLanguageModelChatResponse(
    model: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: ResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const { guard, upstream } = this.parts;
    const address = await upstream.address();
    if (!address) throw chatRefusal(vscode.l10n.t("No upstream is set for Token Budget."));
    const asked: ModelRef = { provider: upstream.provider, model: model.id };
    const signal = abortSignal(token);
    const body = requestBody(model.id, messages, options);
    const adopted = guard.adopt(options.modelOptions?.[HOLD_OPTION], asked);
    if (adopted) return void (await this.send(address, body, adopted, progress, signal));
    const { key, continues } = turnOf(model.id, turnMessages(messages));
    const turn = continues ? this.turns.find(key) : undefined;
    const request = { ref: turn?.ref ?? asked, body, attended: isAttended(options), signal };
    const { hold, turn: current } = await this.admit(request, turn);
    this.turns.set(key, current);
    if (hold.ref.model !== asked.model && !turn)
      progress.report(new vscode.LanguageModelTextPart(vscode.l10n.t("*Answered by {0}.*", hold.ref.model).concat("\n\n")));
    const cost = await this.send(address, { ...body, model: hold.ref.model }, hold, progress, signal);
    current.spent += cost;
  }

  async provideTokenCount(
    model: vscode.LanguageModelChatInformation,
    text: string | vscode.LanguageModelChatRequestMessage,
  ): Promise<number> {
    const ref = { provider: this.parts.upstream.provider, model: model.id };
    return (await this.parts.counter.count([messageText(text, model.id)], ref)).likely;
  }

  /** @throws with the reasons when the request may not be sent, or the person chose not to send it */
  private async admit({ ref, body, attended, signal }: Asked, turn: Turn | undefined) {
    const { client, guard, reader } = this.parts;
    const list = await this.parts.prices.list();
    const estimate = await this.estimate(ref, body, list);
    const others = await this.modelRefs();
    const confirmed = turn && confirmationLeft(turn);
    const admission = await guard.admit({
      origin: "chat",
      ref,
      estimate,
      ...(confirmed && { confirmed }),
      purpose: turn?.purpose,
      alternatives: (work) => {
        const request = { ...comparedRequest(body, estimate), at: reader().now, work };
        return compareOthers(ref, others, request, list, client.state);
      },
      rounds: body.tools ? ROUNDS_COVERED : 1,
      attended,
      signal,
    });
    if (admission.outcome === "cancelled")
      throw chatRefusal(vscode.l10n.t("Not sent, because you chose not to. Nothing was spent."));
    if (admission.outcome === "refused") throw chatRefusal(inMarkdown(refusalText(admission, client.state, reader())));
    const { hold, purpose } = admission;
    const said = purpose !== undefined && { purpose };
    const askedAgain = admission.confirmed !== confirmed;
    const next: Turn =
      turn && !askedAgain
        ? { ...turn, ref: hold.ref, ...said }
        : { ref: hold.ref, spent: 0n, ...said, ...(admission.confirmed && { confirmed: admission.confirmed }) };
    return { hold, turn: next };
  }

  private async estimate(ref: ModelRef, body: ChatRequest, list: PriceList): Promise<RequestEstimate> {
    const { state } = this.parts.client;
    return {
      ...(await this.parts.counter.countInput(readChatRequest(body), ref)),
      output: usualOutput(pricedBy(list, ref, state), ref, "chat", state, body.max_completion_tokens),
    };
  }

  /** @returns what the request has cost (nano-USD) */
  private async send(
    address: UpstreamAddress,
    body: ChatRequest,
    hold: Hold,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    signal: AbortSignal,
  ): Promise<bigint> {
    const { counter } = this.parts;
    const count = async (text: string) => (await counter.count([text], hold.ref)).likely;
    const settled = await sendUnderHold({ address, body, hold, count, report: (part) => progress.report(part), signal });
    return settled ? parseAmount(settled.cost) : 0n;
  }

  private async modelIds(address: UpstreamAddress): Promise<string[]> {
    const key = `${address.url} ${address.key ?? ""}`;
    if (this.models?.key === key) return await this.models.ids;
    const ids = listModels(address, AbortSignal.timeout(10_000)).then((all) => all.filter((id) => !NO_CHAT.test(id)));
    const models = { key, ids };
    this.models = models;
    ids.catch(() => {
      if (this.models === models) this.models = undefined; // asked again next time
    });
    return await ids;
  }

  private information(id: string, list: PriceList): vscode.LanguageModelChatInformation {
    const ref = { provider: this.parts.upstream.provider, model: id };
    const { price, priceKnown } = pricedBy(list, ref, this.parts.client.state);
    const window = (priceKnown ? price.contextWindow : undefined) ?? UNKNOWN_WINDOW;
    const maxOutputTokens = Math.min((priceKnown ? price.maxOutput : undefined) ?? UNSTATED_MAX_OUTPUT, Math.floor(window / 2));
    const detail = priceKnown ? priceDetail(price, this.parts.reader()) : vscode.l10n.t("price unknown");
    return {
      id,
      name: priceKnown ? price.name : id,
      family: id,
      version: "1",
      detail,
      tooltip: vscode.l10n.t("{0}, checked against your allowances before it is sent", detail),
      maxInputTokens: window - maxOutputTokens,
      maxOutputTokens,
      capabilities: { toolCalling: true, imageInput: true },
    };
  }
}

function comparedRequest(body: ChatRequest, { input }: RequestEstimate) {
  const needs = needsOf(readChatRequest(body).parts);
  return { kind: "chat", input, needs, requestedOutput: body.max_completion_tokens };
}

/** One round of a chat, before it is admitted. */
interface Asked {
  ref: ModelRef;
  body: ChatRequest;
  attended: boolean;
  signal: AbortSignal;
}

/**
 * Whether a person waits for the answer. VS Code's chat asks for titles and progress texts unasked; at run time its own
 * requests name their conversation and carry who asks, neither of which the stable API promises: without them somebody waits.
 */
function isAttended(options: ResponseOptions): boolean {
  const initiator = (options as { requestInitiator?: unknown }).requestInitiator;
  const isEditor = typeof initiator === "string" && initiator.toLowerCase() === "github.copilot-chat";
  return !isEditor || options.modelOptions?._conversationId !== undefined;
}

function requestBody(
  model: string,
  messages: readonly vscode.LanguageModelChatRequestMessage[],
  { tools, toolMode, modelOptions }: ResponseOptions,
): ChatRequest {
  const requested: unknown = modelOptions?.max_completion_tokens ?? modelOptions?.max_tokens;
  const choice = toolMode === vscode.LanguageModelChatToolMode.Required ? "required" : "auto";
  return {
    model,
    messages: openAiMessages(messages),
    ...(tools && tools.length > 0 && { tools: openAiTools(tools), tool_choice: choice }),
    ...(typeof requested === "number" && requested > 0 && { max_completion_tokens: Math.floor(requested) }),
  };
}

function abortSignal(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
