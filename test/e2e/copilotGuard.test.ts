import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CopilotModel, startCopilotModel } from "./copilotModel.ts";
import { startEditor, type TestEditor } from "./driver.ts";

/** Setting up the guard of the editor's own assistant, and taking it back. */
describe("Copilot Chat's guard", function () {
  this.timeout(240_000);
  let model: CopilotModel;
  let editor: TestEditor;
  const hooks = (name = "token-budget.json") => join(editor.home, ".copilot", "hooks", name);
  const settings = () => JSON.parse(readFileSync(join(editor.server.dataDir, "data", "User", "settings.json"), "utf8"));
  const ENDPOINT = "github.copilot.chat.otel.otlpEndpoint";

  before(async () => {
    model = await startCopilotModel(["stand-in"], () => join(editor.workspace, "README.md"));
    editor = await startEditor({ chatModels: [model.group], settings: { "workbench.colorTheme": "Default Dark Modern" } });
    mkdirSync(join(editor.home, ".copilot", "hooks"), { recursive: true });
    writeFileSync(hooks("other.json"), '{"version":1,"hooks":{}}');
  });

  after(async () => {
    await editor?.close();
    await model?.close();
  });

  it("is offered once where Copilot Chat is in use, quietly", async () => {
    await editor.window.enableChat("stand-in");
    const hover = await editor.window.hoverStatusItem("tokenBudget.meter");
    await hover.getByText("Copilot Chat sends without asking here.").waitFor();
    await hover.getByText("Guard It…").click();
    await editor.window.quickInput.getByText("Not Now").waitFor();
  });

  it("shows all that it would write before it does, and writes nothing without a yes", async () => {
    await editor.window.page.locator(".view-line").filter({ hasText: "UserPromptSubmit" }).first().waitFor();
    await editor.window.pick("Not Now");
    await editor.window.quickInput.waitFor({ state: "hidden" });
    assert.equal(existsSync(hooks()), false);
    assert.equal(settings()[ENDPOINT], undefined);
  });

  it("writes, proves that the hook runs, and says what is covered", async () => {
    await editor.window.runCommand("Token Budget: Guard Copilot Chat…");
    await editor.window.pick("Guard Copilot Chat");
    await editor.window.notification("you are asked before an expensive prompt is sent").waitFor();
    assert.match(readFileSync(hooks(), "utf8"), /"UserPromptSubmit"/);
    assert.match(settings()[ENDPOINT], /^http:\/\/127\.0\.0\.1:\d+\//);
  });

  it("is taken back without a trace, and leaves other hooks alone", async () => {
    await editor.window.runCommand("Token Budget: Unguard Copilot Chat");
    await editor.window.notification("not guarded any more").waitFor();
    assert.equal(existsSync(hooks()), false);
    assert.ok(existsSync(hooks("other.json")));
    assert.deepEqual(
      Object.keys(settings()).filter((name) => name.includes("otel")),
      [],
    );
  });
});
