import assert from "node:assert/strict";
import * as vscode from "vscode";
import { lookAtState } from "../../src/daemon/client/look.ts";
import { spoken, startUpstream, type Upstream } from "./support/upstream.ts";

const MODEL = "claude-haiku-4-5";
const PROMPT = "The ferry leaves at dawn, when the harbour is still asleep. ".repeat(20);

/** Learning from chats with a model without a public tokenizer, through the editor and the real daemon. */
describe("what a chat teaches about a tokenizer", () => {
  let upstream: Upstream;
  let model: vscode.LanguageModelChat;
  const settings = () => vscode.workspace.getConfiguration("tokenBudget");

  before(async () => {
    await vscode.extensions.getExtension("token-budget.token-budget")!.activate();
    upstream = await startUpstream([MODEL]);
    upstream.answer = () => spoken({ content: "Hello" }, 700);
    await settings().update("upstream.provider", "anthropic", vscode.ConfigurationTarget.Global);
    await settings().update("upstream.url", upstream.url, vscode.ConfigurationTarget.Global);
    model = await listed();
  });

  after(async () => {
    for (const name of ["upstream.url", "upstream.provider"])
      await settings().update(name, undefined, vscode.ConfigurationTarget.Global);
    await upstream.close();
  });

  it("is learned from texts alone, and shows in the next estimate", async () => {
    const before = await model.countTokens(PROMPT);
    await send(PROMPT, { tools: [{ name: "weather", description: "Tells the weather", inputSchema: { type: "object" } }] });
    assert.equal(await observations(), 0);
    for (let i = 0; i < 5; i++) await send(PROMPT);
    assert.equal(await observations(), 5);
    const after = await model.countTokens(PROMPT);
    assert.ok(after > 1.2 * before, `${before} then ${after}`);
  });

  async function send(text: string, options: vscode.LanguageModelChatRequestOptions = {}): Promise<void> {
    const response = await model.sendRequest([vscode.LanguageModelChatMessage.User(text)], options);
    for await (const _ of response.stream);
  }

  /** How many requests to the model the daemon has learned from. */
  async function observations(): Promise<number> {
    const state = await lookAtState(process.env.TOKEN_BUDGET_STATE_DIR!, { version: "0.1.0", kind: "cli" });
    return state?.calibration?.models.find(({ name }) => name === MODEL)?.observations ?? 0;
  }
});

/** The editor's model, as soon as the editor knows of it. */
async function listed(): Promise<vscode.LanguageModelChat> {
  const arrived = Promise.withResolvers<vscode.LanguageModelChat>();
  const look = async () => {
    const [found] = await vscode.lm.selectChatModels({ vendor: "token-budget", id: MODEL });
    if (found) arrived.resolve(found);
  };
  const watching = vscode.lm.onDidChangeChatModels(look);
  await look();
  return await arrived.promise.finally(() => watching.dispose());
}
