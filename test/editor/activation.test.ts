import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("activation", () => {
  it("finds and activates the extension", async () => {
    const extension = vscode.extensions.getExtension("token-budget.token-budget");
    assert.ok(extension, "token-budget.token-budget is not installed");
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
