import assert from "node:assert/strict";
import type * as vscode from "vscode";
import { chooseModel, type Sendable } from "../../src/editor/send/models.ts";

describe("the model that a prompt is sent to", () => {
  const served = (provider: string, model: string): Sendable => ({
    chat: { vendor: provider, id: model, name: model } as vscode.LanguageModelChat,
    ref: { provider, model },
  });

  it("is the wanted provider's where several serve it, else any of that name", async () => {
    const models = [served("copilot", "gpt-5"), served("openai", "gpt-5")];
    assert.equal(await chooseModel(models, { provider: "openai", model: "gpt-5" }, "a prompt"), models[1]);
    assert.equal(await chooseModel(models, { provider: "azure", model: "gpt-5" }, "a prompt"), models[0]);
  });
});
