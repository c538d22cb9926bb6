import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleSettings } from "../../sample/sample.ts";
import { type Counter, loadCounter } from "../../src/tokens/counter.ts";
import { contentShares } from "../../src/tokens/estimate/contentClass.ts";
import { estimateTokens } from "../../src/tokens/estimate.ts";
import { readTokenFile } from "../support/tokenFiles.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { startTeam, type Team } from "./team.ts";

/** The first model that the sample's policy compares: that of all estimates here. */
const MODEL = "demo-small";

describe("prompt files", function () {
  this.timeout(240_000);
  let team: Team;
  let editor: TestEditor;
  let counter: Counter;

  before(async () => {
    counter = await loadCounter("o200k_base", readTokenFile);
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

  const page = () => editor.window.page;
  const lens = (text: string | RegExp) => page().locator(".codelens-decoration").filter({ hasText: text });
  const marks = () => page().locator(".view-overlays [class*=TextEditorDecorationType]");
  /** Tokens of files of the workspace, as the line above a prompt file has them. */
  const tokensIn = (...paths: string[]) => {
    const likely = paths.map((path) => {
      const text = readFileSync(join(editor.workspace, path), "utf8");
      return estimateTokens({ tokens: counter.count(text), shares: contentShares([text]) }, MODEL).likely;
    });
    return `~${likely.reduce((sum, tokens) => sum + tokens, 0).toLocaleString("en")} tokens`;
  };
  const typeAtTheEnd = async (text: string) => {
    await page().locator(".editor-group-container.active .monaco-editor .view-line").first().click();
    await page().keyboard.press("ControlOrMeta+End");
    await page().keyboard.insertText(text);
    await page().keyboard.press("ControlOrMeta+Home"); // where the line is
  };

  it("say above their first line what they take, with the files that they refer to, live while typing", async () => {
    const path = ".github/prompts/review.prompt.md";
    await editor.window.openFile("review.prompt.md");
    const files = `+ 3 files, ${tokensIn("src/booking.ts", "src/tickets.ts", "docs/incident.md")}`;
    const line = lens(`${tokensIn(path)} ${files} · <$0.01 per request`);
    await line.waitFor();
    assert.match((await line.locator("a").getAttribute("title")) ?? "", /^docs\/incident\.md: ~\d+ tokens, linked$/m);
    const added = "\nAnd tell me which of these findings would wake somebody at night, and why.\n";
    const before = tokensIn(path);
    writeFileSync(join(editor.workspace, path), readFileSync(join(editor.workspace, path), "utf8") + added);
    const after = tokensIn(path);
    assert.notEqual(after, before);
    await lens(`${after} ${files} · <$0.01 per request`).waitFor(); // it is reloaded from disk
    await typeAtTheEnd("Nor to mention the day after.");
    await lens(files).filter({ hasNotText: after }).waitFor();
  });

  it("follow the files that they refer to", async () => {
    await editor.window.openFile("review.prompt.md");
    writeFileSync(join(editor.workspace, "src", "tickets.ts"), "export const tickets = [];\n".repeat(100));
    await lens(`+ 3 files, ${tokensIn("src/booking.ts", "src/tickets.ts", "docs/incident.md")}`).waitFor();
    rmSync(join(editor.workspace, "src", "tickets.ts"));
    await lens("1 reference not counted").waitFor();
  });

  it("that go along with every request say so, and report what they import in vain", async () => {
    await editor.window.openFile("CLAUDE.md");
    await lens("paid on every request").waitFor();
    await typeAtTheEnd("\nSee @docs/gone.md and @../../etc/passwd first.\n");
    await lens("2 references not counted").waitFor();
    await editor.window.runCommand("Problems: Focus on Problems View");
    const problems = page().locator(".markers-panel .monaco-list-row");
    await problems.filter({ hasText: "Not counted: there is no file “docs/gone.md”." }).waitFor();
    await problems.filter({ hasText: "Not counted: ../../etc/passwd is outside of this workspace." }).waitFor();
    await editor.window.runCommand("View: Hide Panel");
  });

  it("open the preview of their cost by a click", async () => {
    await editor.window.openFile("migrate.prompt.md");
    await lens("per request").locator("a").click();
    const view = editor.window.webview();
    await view.getByRole("radio", { name: "migrate.prompt.md", checked: true }).waitFor();
    await view.getByRole("rowheader", { name: "demo-large" }).waitFor();
    await editor.window.runCommand("View: Close All Editors");
  });

  it("show where their tokens are, list it, go there, and stop when told again", async () => {
    await editor.window.openFile("review.prompt.md");
    await lens("per request").waitFor();
    await editor.window.runCommand("Token Budget: Show Where the Tokens Are");
    const rows = editor.window.quickInput.locator(".monaco-list-row");
    await rows.first().filter({ hasText: "money that can be counted twice" }).filter({ hasText: "line 8" }).waitFor();
    await rows.filter({ hasText: "Front matter" }).waitFor();
    await marks().first().waitFor();
    await page().keyboard.press("Enter");
    await editor.window.statusItem("status.editor.selection").filter({ hasText: "Ln 8, Col 1" }).waitFor();
    await editor.window.quickInput.waitFor({ state: "hidden" });
    await marks().first().waitFor();
    const target = process.env.TOKEN_BUDGET_SCREENSHOTS;
    if (target) {
      await editor.window.runCommand("Notifications: Clear All Notifications");
      await editor.window.screenshot(join(target, "prompt-file.png"));
    }
    await editor.window.runCommand("Token Budget: Show Where the Tokens Are");
    await marks().first().waitFor({ state: "detached" });
    assert.equal(await marks().count(), 0);
  });
});

describe("prompt files in a folder that is not trusted", function () {
  this.timeout(240_000);
  let editor: TestEditor;

  before(async () => {
    editor = await startEditor({ trust: false });
  });
  after(() => editor?.close());

  it("are counted by themselves, and follow nothing until the person trusts the folder", async () => {
    const { window } = editor;
    const lens = window.page.locator(".codelens-decoration");
    await window.openFile("review.prompt.md");
    await lens.filter({ hasText: /^\d+ tokens$/ }).waitFor();
    assert.equal(await lens.locator("a").count(), 0);
    await window.runCommand("Workspaces: Manage Workspace Trust");
    await window.page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
    await window.openFile("review.prompt.md");
    await lens.filter({ hasText: /^\d+ tokens \+ 3 files, \d+ tokens/ }).waitFor();
  });
});
