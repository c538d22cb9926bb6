import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleSettings } from "../../sample/sample.ts";
import { command } from "../../scripts/command.ts";
import { root } from "../../scripts/root.ts";
import { parseAmount } from "../../src/budget/money.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { saveForReadme } from "./readme.ts";
import { sendPrompt, startTeam, type Team } from "./team.ts";

/** A person's clicks in a real VS Code, against the sample team on a real endpoint. */
describe("the workbench of a developer", function () {
  this.timeout(240_000);
  let team: Team;
  let editor: TestEditor;
  const meter = () => editor.window.statusItem("tokenBudget.meter");
  const estimate = () => editor.window.statusItem("tokenBudget.estimate");

  before(async () => {
    team = await startTeam();
    editor = await startEditor({
      settings: sampleSettings(team),
      env: { TOKEN_BUDGET_TOKEN: team.people.healthy.token },
      browser: { viewport: { width: 1120, height: 700 }, deviceScaleFactor: 2 },
    });
  });

  after(async () => {
    await editor?.close();
    await team?.close();
  });

  it("shows what is left in the status bar, and every allowance on hover", async () => {
    await meter()
      .filter({ hasText: /\$3\d left · 3\d%/ })
      .waitFor();
    const hover = await editor.window.hoverStatusItem("tokenBudget.meter");
    for (const text of [
      "Kim Ortega · Fernway",
      "Your month",
      "Demo models, your day",
      "Large models, your week",
      "Fernway's pool",
      "resets",
      "on pace",
      "Synced",
      "Preview Prompt Cost",
    ])
      await hover.getByText(text, { exact: false }).first().waitFor();
  });

  it("shows tokens and price while a prompt file is open, live while typing, and not in other files", async () => {
    await editor.window.openFile("review.prompt.md");
    await estimate()
      .filter({ hasText: /~\d+ tokens/ })
      .waitFor();
    const before = await estimate().textContent();
    await editor.window.page.locator(".editor-group-container.active .monaco-editor .view-line").first().click();
    await editor.window.page.keyboard.press("ControlOrMeta+End");
    await editor.window.page.keyboard.insertText("\nAnd tell me which of these findings would wake somebody at night, and why.");
    await estimate()
      .filter({ hasText: /tokens/ })
      .filter({ hasNotText: before! })
      .waitFor();
    await editor.window.openFile("booking.ts");
    await estimate().waitFor({ state: "hidden" });
    await editor.window.page.locator(".editor-group-container.active .monaco-editor .view-line").first().click();
    await editor.window.page.keyboard.press("ControlOrMeta+A");
    await estimate()
      .filter({ hasText: /tokens/ })
      .waitFor();
  });

  it("stops an expensive request by a question, and a no leaves no spend", async () => {
    const before = await team.spend();
    await sendPrompt(editor.window, "demo-large");
    await editor.window
      .dialog()
      .filter({ hasText: "demo-large" })
      .filter({ hasText: /\$0\.\d\d/ })
      .waitFor();
    await editor.window
      .dialog()
      .getByRole("button", { name: /Use demo-small/ })
      .waitFor();
    await saveForReadme(editor.window, "confirm.png");
    await editor.window.clickDialogButton("Cancel");
    await editor.window.runCommand("Token Budget: Sync Now");
    assert.equal(await team.spend(), before);
  });

  it("sends a cheap prompt unasked, shows the answer, and the endpoint books what it used", async () => {
    const before = await team.spend();
    await sendPrompt(editor.window, "demo-small");
    // Lines wrap, and blanks in them are no plain blanks: one word is looked for.
    await editor.window.page.locator(".view-line").filter({ hasText: "intelligence" }).first().waitFor();
    assert.ok((await team.spendAbove(before)) - before < parseAmount("0.01"));
  });

  it("guards the native chat: a cheap message is answered and booked", async () => {
    await editor.window.enableChat("demo-small");
    const before = await team.spend();
    await editor.window.sendChatMessage("Hello there, ferry");
    await editor.window
      .chatAnswer()
      .getByText(/a demo model on your own machine/)
      .first()
      .waitFor();
    await team.spendAbove(before);
  });

  it("guards the native chat: a dear message is asked about, and a no is told in the chat", async () => {
    await editor.window.chooseChatModel("demo-large");
    await editor.window.sendChatMessage("Think long about ferries");
    await editor.window.dialog().filter({ hasText: "demo-large" }).waitFor();
    await editor.window.clickDialogButton("Cancel");
    await editor.window
      .chatAnswer()
      .getByText(/Not sent/)
      .first()
      .waitFor();
  });

  it("follows a policy that is pushed by the command line, without a reload, and refuses in the chat what it denies", async () => {
    const policy = JSON.parse(readFileSync(join(root, "sample", "policy.json"), "utf8")) as {
      allowances: { id: string; limit: string }[];
      models: { denied: unknown[] };
    };
    policy.allowances.find(({ id }) => id === "month")!.limit = "40";
    policy.models.denied.push({ model: "demo-large", reason: "Large is for the night of a release." });
    const file = join(team.folder, "policy.json");
    writeFileSync(file, JSON.stringify(policy));
    const push = [join(root, "src", "main", "endpoint.ts"), "policy", "push", file, "--note", "A test", "--over", "1"];
    const env = { TOKEN_BUDGET_ENDPOINT: team.endpointUrl, TOKEN_BUDGET_TOKEN: team.people.lead.token };
    await command(process.execPath, push, { env });
    await meter()
      .filter({ hasText: /\$1[78](\.\d+)? left · 5\d%/ })
      .waitFor();
    await editor.window.sendChatMessage("Think long about harbours");
    await editor.window
      .chatAnswer()
      .getByText(/Large is for the night of a release/)
      .first()
      .waitFor();
    await saveForReadme(editor.window, "refused.png");
  });

  it("says plainly that the endpoint is gone", async () => {
    await meter().filter({ hasText: "left" }).waitFor();
    await team.close();
    await meter()
      .filter({ hasText: /offline/ })
      .waitFor();
    await editor.window.runCommand("Token Budget: Show Allowances");
    await editor.window.quickInput
      .locator(".monaco-list-row")
      .filter({ hasText: /offline: .+figures from/ })
      .waitFor();
    await editor.window.page.keyboard.press("Escape");
  });
});
