import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { sampleSettings } from "../../sample/sample.ts";
import type { Workbench } from "../../scripts/vscode/browser.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { type Relay, startRelay } from "./relay.ts";
import { sendPrompt, startTeam, type Team } from "./team.ts";

/** What a developer's day brings between requests: other windows, reloads, a killed daemon, a cut line, another account. */
describe("the workbench through interruptions", function () {
  this.timeout(240_000);
  let team: Team;
  let endpoint: Relay;
  let editor: TestEditor;
  const meterIn = (window: Workbench) => window.statusItem("tokenBudget.meter");
  const figures = (window = editor.window) => meterIn(window).filter({ hasText: /\$\d+ left/ });

  before(async () => {
    team = await startTeam();
    endpoint = await startRelay(team.endpointUrl);
    editor = await startEditor({
      settings: sampleSettings({ endpointUrl: endpoint.url, modelUrl: team.modelUrl }),
      env: { TOKEN_BUDGET_TOKEN: team.people.healthy.token },
    });
    await figures().waitFor();
  });

  after(async () => {
    await editor?.close();
    await endpoint?.down();
    await team?.close();
  });

  const daemonPid = () => Number(/^\d+/.exec(readlinkSync(join(editor.stateDir, "daemon.lock")))![0]);

  it("shares one daemon between two windows: what one spends moves the other's meter", async () => {
    const pid = daemonPid();
    const other = await editor.openWindow();
    await figures(other).waitFor();
    const before = await meterIn(other).textContent();
    const spentBefore = await team.spend();
    await sendPrompt(editor.window, "demo-large");
    await editor.window.clickDialogButton("Send");
    await meterIn(other).filter({ hasText: "left" }).filter({ hasNotText: before! }).waitFor();
    await team.spendAbove(spentBefore);
    assert.equal(daemonPid(), pid);
    await other.closeWindow();
  });

  it("is live again by itself when the daemon is killed, and what was spent just before is booked all the same", async () => {
    const before = await team.spend();
    const pid = daemonPid();
    await sendPrompt(editor.window, "demo-small");
    await editor.window.page.locator(".tab.active").filter({ hasText: "Answer of demo-small" }).waitFor();
    await editor.window.page.locator(".view-line").filter({ hasText: "intelligence" }).first().waitFor();
    process.kill(pid, "SIGKILL"); // it has not told the endpoint yet
    await team.spendAbove(before);
    assert.notEqual(daemonPid(), pid);
    await figures().waitFor();
  });

  it("says that it is offline while the line is cut, and is live again when it is mended", async () => {
    await endpoint.down();
    await meterIn(editor.window).filter({ hasText: "offline" }).waitFor();
    await endpoint.up();
    await editor.window.runCommand("Token Budget: Sync Now");
    await figures().and(editor.window.page.locator(":not(:has-text('offline'))")).waitFor();
  });

  it("stays hidden across a reload, until it is shown again", async () => {
    await editor.window.runCommand("Token Budget: Hide Meter");
    await meterIn(editor.window).waitFor({ state: "hidden" });
    await editor.window.runCommand("Developer: Reload Window");
    await editor.window.page.waitForEvent("load");
    await editor.window.openFile("review.prompt.md");
    await editor.window.statusItem("tokenBudget.estimate").filter({ hasText: "tokens" }).waitFor(); // the extension is up
    assert.equal(await meterIn(editor.window).isVisible(), false);
    await editor.window.runCommand("Token Budget: Show Meter");
    await figures().waitFor();
  });

  it("signs out, and in again by typing the token", async () => {
    await editor.window.runCommand("Token Budget: Sign Out");
    await meterIn(editor.window).filter({ hasText: "set a budget" }).waitFor();
    await meterIn(editor.window).click();
    await editor.window.pick("Sign in to your team");
    await editor.window.quickInput.getByText(/Your personal token/).waitFor();
    await editor.window.answerInput(team.people.close.token);
    await meterIn(editor.window)
      .filter({ hasText: /\$9(\.\d+)? left/ })
      .waitFor();
  });
});
