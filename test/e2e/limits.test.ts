import assert from "node:assert/strict";
import { type SampleRole, sampleSettings } from "../../sample/sample.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { type Relay, startRelay } from "./relay.ts";
import { sendPrompt, startTeam, type Team } from "./team.ts";

/** What people see who have used most of their money, or all of it. */
describe("the workbench near and at the limit", function () {
  this.timeout(240_000);
  let team: Team;
  let models: Relay;
  let editor: TestEditor;
  const meter = () => editor.window.statusItem("tokenBudget.meter");
  const completions = () => models.requests.filter((request) => request.endsWith("/chat/completions"));

  before(async () => {
    team = await startTeam();
    models = await startRelay(team.modelUrl);
  });

  after(async () => {
    await models?.down();
    await team?.close();
  });

  afterEach(() => editor.close());

  async function openAs(role: SampleRole): Promise<void> {
    editor = await startEditor({
      settings: sampleSettings({ endpointUrl: team.endpointUrl, modelUrl: models.url }),
      env: { TOKEN_BUDGET_TOKEN: team.people[role].token },
      browser: { viewport: { width: 1120, height: 700 } },
    });
  }

  /** VS Code's class for a status-bar item's background: `warning-kind`, `error-kind` or none. */
  async function background(): Promise<string | undefined> {
    const classes = (await meter().getAttribute("class")) ?? "";
    return /\b(warning|error)-kind\b/.exec(classes)?.[0];
  }

  it("has no background while all is well, and requests reach the model", async () => {
    await openAs("healthy");
    await meter().filter({ hasText: "left" }).waitFor();
    assert.equal(await background(), undefined);
    await sendPrompt(editor.window, "demo-small");
    await editor.window.page.locator(".view-line").filter({ hasText: "intelligence" }).first().waitFor();
    assert.equal(completions().length, 1);
  });

  it("has the warning background from the soft limit on", async () => {
    await openAs("close");
    await meter()
      .filter({ hasText: /\$9(\.\d+)? left · 8\d%/ })
      .waitFor();
    assert.equal(await background(), "warning-kind");
  });

  it("has the error background when the money is spent, and refuses with ways out what then never reaches the model", async () => {
    await openAs("spent");
    const before = completions().length;
    await meter().filter({ hasText: "used up" }).waitFor();
    assert.equal(await background(), "error-kind");

    await sendPrompt(editor.window, "demo-small");
    const dialog = editor.window.dialog().filter({ hasText: "is used up ($60)" });
    await dialog.waitFor();
    await dialog.getByText(/Ask your team lead/).waitFor();
    await editor.window.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    await editor.window.enableChat("demo-small");
    await editor.window.sendChatMessage("Hello there, ferry");
    await editor.window
      .chatAnswer()
      .getByText(/is used up \(\$60\)/)
      .first()
      .waitFor();
    assert.equal(completions().length, before);
  });
});
