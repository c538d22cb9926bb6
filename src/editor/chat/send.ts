import * as vscode from "vscode";
import type { Settled } from "../../protocol/daemon.ts";
import type { StreamDelta } from "../../wire/answer.ts";
import type { ChatRequest } from "../../wire/openai/chatRequest.ts";
import { usageOf } from "../../wire/usage.ts";
import { type Hold, type Outcome, roughTokens } from "../guard/hold.ts";
import { chatRefusal } from "./refusal.ts";
import { streamChat, type UpstreamAddress, UpstreamRefusal, UpstreamUnreachable } from "./upstream.ts";

interface Sending {
  address: UpstreamAddress;
  body: ChatRequest;
  hold: Hold;
  /** Exact tokens of a text by the request's model. */
  count(text: string): Promise<number>;
  report(part: vscode.LanguageModelTextPart | vscode.LanguageModelToolCallPart): void;
  signal: AbortSignal;
}

/**
 * Sends a request whose hold stands, hands on what streams back, and ends the hold: by the provider's usage, by what was
 * counted where there is none, or without spend where the server never took it.
 * @throws a sentence for people, CancellationError when aborted, or what broke the stream
 */
export async function sendUnderHold({ address, body, hold, count, report, signal }: Sending): Promise<Settled | undefined> {
  const answer = new Answer(hold, report);
  let reported: Outcome | undefined;
  try {
    signal.throwIfAborted(); // nothing has left yet
    hold.leaves();
    const { usage, id, serviceTier } = await streamChat(address, body, (delta) => answer.take(delta), signal);
    const more = { ...(id && { providerRequestId: id }), ...(serviceTier && { serviceTier }) };
    if (usage) reported = { usage, usageSource: "provider", ...more };
    answer.reportToolCalls();
    if (reported) return await hold.settle(reported);
    const counted = usageOf({ input: hold.estimate.input.likely, output: await count(answer.written) });
    return await hold.settle({ usage: counted, usageSource: "counted", ...more });
  } catch (error) {
    if (reported)
      await hold.settle(reported); // it came whole, however little sense it makes
    else await settleFailure(error, hold, answer, count);
    throw forPeople(error, address.url, signal);
  }
}

/** What has come of the answer so far. */
class Answer {
  /** Everything the model wrote, tool calls included. */
  written = "";
  private readonly hold: Hold;
  private readonly report: Sending["report"];
  private readonly calls = new Map<number, { id: string; name: string; arguments: string }>();

  constructor(hold: Hold, report: Sending["report"]) {
    this.hold = hold;
    this.report = report;
  }

  take(delta: StreamDelta): void {
    if (delta.kind === "error") throw new UpstreamRefusal(200, delta.message);
    if (delta.kind === "text") {
      this.written += delta.text;
      this.report(new vscode.LanguageModelTextPart(delta.text));
    } else if (delta.kind === "reasoning") {
      this.written += delta.text;
    } else {
      const call = this.calls.get(delta.index) ?? { id: "", name: "", arguments: "" };
      this.calls.set(delta.index, call);
      if (delta.id) call.id = delta.id;
      if (delta.name) call.name = delta.name;
      call.arguments += delta.arguments;
      this.written += (delta.name ?? "") + delta.arguments;
    }
    this.hold.progress(roughTokens(this.written));
  }

  /** A call is handed on whole: its arguments are JSON only at the end. */
  reportToolCalls(): void {
    for (const { id, name, arguments: text } of this.calls.values())
      this.report(new vscode.LanguageModelToolCallPart(id || crypto.randomUUID(), name, parseArguments(text)));
  }
}

function parseArguments(text: string): object {
  try {
    const parsed: unknown = text.trim() ? JSON.parse(text) : {};
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // no JSON
  }
  throw chatRefusal(vscode.l10n.t("The model called a tool with something that is not an object."));
}

/** A request that the server declined costs nothing; what broke in the middle is charged by what had come. */
async function settleFailure(error: unknown, hold: Hold, answer: Answer, count: Sending["count"]): Promise<void> {
  if (error instanceof UpstreamUnreachable) return await hold.cancel();
  const declined = error instanceof UpstreamRefusal && error.status !== 200;
  if (declined) return void (await hold.settle({ usage: usageOf(), usageSource: "provider" }));
  await hold.end(() => count(answer.written));
}

function forPeople(error: unknown, url: string, signal: AbortSignal): unknown {
  if (signal.aborted) return new vscode.CancellationError();
  if (error instanceof UpstreamUnreachable) return chatRefusal(vscode.l10n.t("Cannot reach {0}. Nothing was spent.", url));
  if (!(error instanceof UpstreamRefusal)) return error;
  const text = vscode.l10n.t("{0} answered: {1}", new URL(url).host, error.message);
  const key = vscode.l10n.t("Set the key with the command “Token Budget: Set Upstream API Key…”.");
  return chatRefusal(error.status === 401 || error.status === 403 ? `${text}\n\n${key}` : text);
}
