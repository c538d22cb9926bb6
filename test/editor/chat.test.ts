import assert from "node:assert/strict";
import * as vscode from "vscode";
import { type ChatParts, ChatProvider } from "../../src/editor/chat/provider.ts";
import { sendUnderHold } from "../../src/editor/chat/send.ts";
import { Hold } from "../../src/editor/guard/hold.ts";
import type { SpendingClient } from "../../src/editor/workspaceClient.ts";
import type { Settlement } from "../../src/protocol/daemon.ts";
import { spoken, startUpstream, type Upstream } from "./support/upstream.ts";

const { LanguageModelChatMessage: Message, LanguageModelToolCallPart: Call, LanguageModelToolResultPart: Result } = vscode;

/** The models of an upstream in the editor, through the real daemon; nobody is signed in, so only the default policy applies. */
describe("chat models of the upstream", () => {
  let upstream: Upstream;
  let model: vscode.LanguageModelChat;
  const settings = () => vscode.workspace.getConfiguration("tokenBudget");

  before(async () => {
    await vscode.extensions.getExtension("token-budget.token-budget")!.activate();
    upstream = await startUpstream(["gpt-4o-mini", "text-embedding-3-small"]);
    await settings().update("upstream.url", upstream.url, vscode.ConfigurationTarget.Global);
    model = await modelNamed("gpt-4o-mini");
  });

  after(async () => {
    await settings().update("upstream.url", undefined, vscode.ConfigurationTarget.Global);
    await upstream.close();
  });

  beforeEach(() => {
    upstream.received.length = 0;
    upstream.answer = () => spoken({ content: "Hello" });
  });

  it("are those that chat, with their price list's limits", async () => {
    const all = await vscode.lm.selectChatModels({ vendor: "token-budget" });
    assert.deepEqual(
      all.map(({ id }) => id),
      ["gpt-4o-mini"],
    );
    assert.ok(model.maxInputTokens > 100_000);
  });

  it("count exactly, whatever the text", async () => {
    assert.equal(await model.countTokens("hello world"), 2);
    assert.equal(await model.countTokens("<|endoftext|>"), 7);
    assert.equal(await model.countTokens(""), 0);
  });

  it("stream an answer, and ask the server what it used", async () => {
    assert.equal(await ask("Say hello"), "Hello");
    assert.equal(upstream.received.length, 1);
    const { body, authorization } = upstream.received[0]!;
    assert.deepEqual(body.messages, [{ role: "user", content: "Say hello" }]);
    assert.deepEqual(body.stream_options, { include_usage: true });
    assert.equal(authorization, undefined);
  });

  it("carry tool calls both ways", async () => {
    upstream.answer = () =>
      spoken({ tool_calls: [{ index: 0, id: "call_1", function: { name: "weather", arguments: '{"city":"Aarhus"}' } }] });
    const tools = [{ name: "weather", description: "Tells the weather", inputSchema: { type: "object" } }];
    const parts: unknown[] = [];
    const response = await model.sendRequest([Message.User("Weather?")], { tools });
    for await (const part of response.stream) parts.push(part);
    const call = parts.find((part) => part instanceof Call);
    assert.deepEqual([call?.name, call?.callId, call?.input], ["weather", "call_1", { city: "Aarhus" }]);
    assert.equal(upstream.received[0]?.body.tools?.[0]?.function.name, "weather");

    upstream.answer = () => spoken({ content: "Rain." });
    const result = Message.User([new Result("call_1", [new vscode.LanguageModelTextPart("rain")])]);
    assert.equal(await ask(Message.User("Weather?"), Message.Assistant([call!]), result), "Rain.");
    const [, assistant, tool] = upstream.received[1]!.body.messages;
    assert.equal(assistant?.role, "assistant");
    assert.deepEqual(tool, { role: "tool", tool_call_id: "call_1", content: "rain" });
  });

  it("hand on what the server says when it declines", async () => {
    upstream.answer = () => ({ status: 429, message: "Slow down" });
    await assert.rejects(ask("Again"), /Slow down/);
    upstream.answer = () => ({ status: 401, message: "No key" });
    await assert.rejects(ask("Again"), /No key[\s\S]*Set Upstream API Key/);
  });

  it("are told to the editor anew when their prices are others", () => {
    let listener = () => {};
    const client = {
      state: { priceRef: "one" },
      onDidChange: (heard: () => void) => {
        listener = heard;
        return { dispose() {} };
      },
    };
    const quiet = new vscode.EventEmitter<void>();
    const chat = new ChatProvider({ client, upstream: { onDidChange: quiet.event } } as unknown as ChatParts);
    let told = 0;
    chat.onDidChangeLanguageModelChatInformation(() => told++);
    for (const priceRef of ["one", "two", "two"]) {
      client.state = { priceRef };
      listener();
    }
    assert.equal(told, 1);
    chat.dispose();
  });

  describe("end their hold", () => {
    const told: string[] = [];
    const client = {
      settle: async ({ usage, usageSource }: Settlement) => {
        told.push(`settle ${usage.input}+${usage.output} ${usageSource}`);
        return { cost: "0", overshoot: "0" };
      },
      cancel: async () => void told.push("cancel"),
    } as unknown as SpendingClient;
    const send = (signal: AbortSignal) => {
      const estimate = { input: { low: 7, likely: 7, high: 7, exact: true }, output: { likely: 1, high: 1, worst: 1 } };
      const ref = { provider: "openai", model: "gpt-4o-mini" };
      const hold = new Hold(client, { id: "1", ref, estimate, covered: 1_000 }, assert.fail);
      const body = { model: ref.model, messages: [] };
      return sendUnderHold({ address: upstream, body, hold, count: async () => 5, report() {}, signal });
    };
    beforeEach(() => told.splice(0));

    it("by what the provider reports, also where a tool is called with what is no JSON", async () => {
      upstream.answer = () => spoken({ tool_calls: [{ index: 0, id: "1", function: { name: "weather", arguments: '{"city' } }] });
      await assert.rejects(send(new AbortController().signal), /called a tool with something that is not an object/);
      assert.deepEqual(told, ["settle 12+3 provider"]);
    });

    it("without spend where they were given up before anything left", async () => {
      await assert.rejects(send(AbortSignal.abort()), vscode.CancellationError);
      assert.deepEqual([told, upstream.received.length], [["cancel"], 0]);
    });
  });

  async function ask(...messages: (string | vscode.LanguageModelChatMessage)[]): Promise<string> {
    const response = await model.sendRequest(messages.map((one) => (typeof one === "string" ? Message.User(one) : one)));
    let text = "";
    for await (const piece of response.text) text += piece;
    return text;
  }
});

/** The model as soon as the editor has it. */
async function modelNamed(id: string): Promise<vscode.LanguageModelChat> {
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      const listening = vscode.lm.onDidChangeChatModels(() => {
        listening.dispose();
        resolve();
      });
    });
    const [model] = await vscode.lm.selectChatModels({ vendor: "token-budget", id });
    if (model) return model;
    await changed;
  }
}
