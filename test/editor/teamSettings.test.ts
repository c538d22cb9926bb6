import assert from "node:assert/strict";
import * as vscode from "vscode";
import { readSettings, type Settings } from "../../src/editor/settings.ts";

describe("a setting that the team sets", () => {
  let settings: Settings;
  beforeEach(() => {
    settings = readSettings();
  });
  afterEach(async () => {
    settings.dispose();
    await vscode.workspace.getConfiguration("tokenBudget").update("lens.visible", undefined, vscode.ConfigurationTarget.Global);
  });

  it("wins over the person's own, tells who follows it, and cannot be set until the team lets go of it", async () => {
    const { lensVisible, estimateModel } = settings;
    const heard: boolean[] = [];
    lensVisible.onDidChange((value) => heard.push(value));
    settings.useTeams({ "lens.visible": false, "estimate.model": "gpt-5" });
    settings.useTeams({ "lens.visible": false, "estimate.model": "gpt-5" });
    assert.deepEqual([lensVisible.value, estimateModel.value, heard], [false, "gpt-5", [false]]);
    await assert.rejects(lensVisible.set(true), /Your team sets tokenBudget\.lens\.visible/);
    settings.useTeams({});
    assert.deepEqual([lensVisible.value, estimateModel.value, heard], [true, "", [false, true]]);
  });

  it("gives back what the person has chosen meanwhile", async () => {
    settings.useTeams({ "lens.visible": true });
    const configuration = vscode.workspace.getConfiguration("tokenBudget");
    await configuration.update("lens.visible", false, vscode.ConfigurationTarget.Global);
    assert.equal(settings.lensVisible.value, true);
    settings.useTeams({});
    assert.equal(settings.lensVisible.value, false);
  });
});

describe("a list of budgets that a command sets", () => {
  const settings = () => vscode.workspace.getConfiguration("tokenBudget");
  afterEach(() => settings().update("budgets", undefined, vscode.ConfigurationTarget.Global));

  it("keeps what the person has written there and does not mean anything yet", async () => {
    const mistaken = { limit: 20, period: "week" };
    await settings().update("budgets", [mistaken, { limit: "5" }], vscode.ConfigurationTarget.Global);
    const { budgets, dispose } = readSettings();
    const next = { limit: "7", unit: "usd", period: "month" } as const;
    assert.deepEqual(budgets.value, [{ ...next, limit: "5" }]);
    await budgets.set([next]);
    assert.deepEqual(settings().get("budgets"), [mistaken, next]);
    dispose();
  });
});
