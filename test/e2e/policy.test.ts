import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleSettings } from "../../sample/sample.ts";
import type { Workbench } from "../../scripts/vscode/browser.ts";
import type { PolicyVersion } from "../../src/protocol/endpoint.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { saveForReadme } from "./readme.ts";
import { sendPrompt, startTeam, type Team } from "./team.ts";

/** A lead and a developer, each in a VS Code of their own, on one real endpoint. */
describe("a team's policy in the workbench", function () {
  this.timeout(240_000);
  let team: Team;
  let lead: TestEditor;
  let developer: TestEditor;

  before(async () => {
    team = await startTeam();
    const browser = { viewport: { width: 1280, height: 760 }, deviceScaleFactor: 2 };
    const open = (token: string) => startEditor({ settings: sampleSettings(team), env: { TOKEN_BUDGET_TOKEN: token }, browser });
    [lead, developer] = await Promise.all([open(team.people.lead.token), open(team.people.healthy.token)]);
    for (const { window } of [lead, developer])
      await window.statusItem("tokenBudget.meter").filter({ hasText: "left" }).waitFor();
  });

  after(async () => {
    await lead?.close();
    await developer?.close();
    await team?.close();
  });

  const inForce = async (): Promise<PolicyVersion> => {
    const headers = { authorization: `Bearer ${team.people.lead.token}` };
    return (await (await fetch(`${team.endpointUrl}/v1/policy`, { headers })).json()) as PolicyVersion;
  };
  const lines = ({ page }: Workbench) => page.locator(".editor-group-container.active .view-line");
  /** Opens the draft, and waits until it is what keys go to. */
  async function edit(window: Workbench): Promise<void> {
    await window.runCommand("Token Budget: Edit Team Policy");
    await window.page.locator('.tab.active[data-resource-name="token-budget-policy.json"]:not([aria-label*="↔"])').waitFor();
    await lines(window).filter({ hasText: '"' }).first().waitFor();
  }
  /** Replaces a text in the open draft, by the editor's own find and replace. */
  async function replace({ page }: Workbench, from: string, to: string, save = true): Promise<void> {
    const find = page.locator(".find-widget.visible");
    // A key that comes before the editor has the focus is lost.
    for (let shown = false; !shown; ) {
      await page.keyboard.press("ControlOrMeta+1");
      await page.keyboard.press("ControlOrMeta+H");
      shown = await find.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
    }
    await find.locator(".find-part textarea").fill(from);
    await find.locator(".replace-part textarea").fill(to);
    await find.locator(".find-part .matchesCount").filter({ hasText: /of 1$/ }).waitFor();
    await find.locator(".replace-part textarea").press("ControlOrMeta+Alt+Enter");
    await page.keyboard.press("Escape");
    if (!save) return;
    await page.keyboard.press("ControlOrMeta+S");
    await page.locator(".tab.active:not(.dirty)").waitFor();
  }

  it("opens as a document whose fields explain themselves, and saving it changes nothing for anybody", async () => {
    const { window } = lead;
    await edit(window);
    await lines(window).filter({ hasText: '"timeZone"' }).waitFor();
    await lines(window).getByText('"timeZone"').first().hover();
    await window.page.locator(".monaco-hover").getByText("in which days, weeks and months begin").waitFor();
    await saveForReadme(window, "policy-editor.png");
    await replace(window, '"softLimit": 0.8', '"softLimit": 0.3');
    assert.equal((await inForce()).version, 1);
  });

  it("shows what is wrong where it stands, and is not pushed then", async () => {
    const { window } = lead;
    await replace(window, '"timeZone": "Europe/Copenhagen"', '"timeZone": "Mars/Olympus"');
    await window.page.locator(".squiggly-error").first().waitFor();
    await window.runCommand("Token Budget: Push Team Policy…");
    await window.notification("The policy has a fault").waitFor();
    await replace(window, '"timeZone": "Mars/Olympus"', '"timeZone": "Europe/Copenhagen"');
    await window.runCommand("View: Toggle Panel Visibility"); // the faults' panel
    assert.equal((await inForce()).version, 1);
  });

  it("is pushed from the title bar: the difference and what it would have done are shown, a message asked for", async () => {
    const { window } = lead;
    await replace(window, '"cost": "0.10"', '"cost": "0.07"');
    await window.page.locator(".editor-actions .codicon-cloud-upload").first().click();
    const prompt = window.page.locator(".quick-input-widget");
    await prompt.getByText("You are asked above $0.07 a request").waitFor();
    await prompt.getByText(/In the last 30 days \d+ of \d+ would have been asked \d+ times/).waitFor();
    await window.page.locator(".monaco-diff-editor").waitFor();
    await saveForReadme(window, "policy-push.png");
    await window.answerInput("Small steps from now on");
    await window.notification("Version 2 of the team's policy is in force").waitFor();
    const { version, author, note, policy } = await inForce();
    assert.deepEqual(
      [version, author, note, policy.softLimit, policy.confirm.cost],
      [2, "Ada Lind", "Small steps from now on", 0.3, "0.07"],
    );
  });

  it("reaches the developer without a reload: told once in words, and the meter follows", async () => {
    const { window } = developer;
    await window.notification("You are asked above $0.07 a request").waitFor();
    await window.statusItem("tokenBudget.meter").and(window.page.locator(".warning-kind")).waitFor();
  });

  it("is read-only for a developer", async () => {
    const { window } = developer;
    await edit(window);
    await lines(window).filter({ hasText: '"timeZone"' }).waitFor();
    await window.page.keyboard.type("x");
    await window.page.getByText("Editor is read-only").first().waitFor();
    assert.equal(await window.page.locator(".editor-actions .codicon-cloud-upload").count(), 0);
  });

  it("is made stricter by a workspace's own file, and never milder", async () => {
    const { window, workspace } = developer;
    const file = join(workspace, ".token-budget.json");
    const reason = "Large is not for this repository.";
    writeFileSync(file, JSON.stringify({ confirm: { cost: "100" }, models: { denied: [{ model: "demo-large", reason }] } }));
    const refusal = window.dialog().filter({ hasText: reason });
    for (;;) {
      await sendPrompt(window, "demo-large");
      await window.dialog().waitFor();
      if (await refusal.isVisible()) break; // until the editor has seen the file, the team's policy asks
      await window.clickDialogButton("Cancel");
    }
    await window.clickDialogButton("Cancel");
    rmSync(file);
  });

  it("merges what somebody else has pushed meanwhile, and tells where both changed the same", async () => {
    const { window } = lead;
    const { policy } = await inForce();
    const push = async (changed: object, over: number) => {
      const headers = {
        authorization: `Bearer ${team.people.lead.token}`,
        "content-type": "application/json",
        "if-match": `"${over}"`,
      };
      const body = JSON.stringify({ policy: { ...policy, ...changed }, note: "by another hand" });
      assert.equal((await fetch(`${team.endpointUrl}/v1/policy`, { method: "PUT", headers, body })).status, 200);
    };
    await edit(window);
    await replace(window, '"softLimit": 0.3', '"softLimit": 0.9', false); // not even saved when the other push comes
    await push({ hold: "likely" }, 2);
    await window.notification("Requests set aside their likely cost").waitFor();
    await window.runCommand("Token Budget: Push Team Policy…");
    await window.page.locator(".quick-input-widget").getByText("Push version 4").waitFor();
    await window.answerInput("");
    await window.notification("Version 4 of the team's policy is in force").waitFor();
    const merged = (await inForce()).policy;
    assert.deepEqual([merged.softLimit, merged.hold], [0.9, "likely"]);

    await edit(window);
    await replace(window, '"softLimit": 0.9', '"softLimit": 0.7');
    await push({ softLimit: 0.6 }, 4);
    await window.notification("Meters warn from 60% of a limit").waitFor();
    await window.runCommand("Token Budget: Push Team Policy…");
    await window.notification(/softLimit: yours 0.7, theirs 0.6/).waitFor();
    assert.equal((await inForce()).version, 5);
  });

  it("brings an old version back from its history", async () => {
    const { window } = lead;
    await window.runCommand("Token Budget: Show Policy History…");
    const rows = window.page.locator(".quick-input-widget .monaco-list-row");
    await rows.filter({ hasText: "Small steps from now on" }).waitFor();
    await saveForReadme(window, "policy-history.png");
    const old = rows.filter({ hasText: "Small steps from now on" });
    await old.hover();
    await old.locator(".codicon-discard").click();
    await window.page.locator(".quick-input-widget").getByText("Push version 6").waitFor();
    await window.answerInput("As it was");
    await window.notification("Version 6 of the team's policy is in force").waitFor();
    assert.deepEqual([(await inForce()).policy.softLimit, (await inForce()).policy.hold], [0.3, "p90"]);
  });
});
