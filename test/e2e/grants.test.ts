import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sampleSettings } from "../../sample/sample.ts";
import { root } from "../../scripts/root.ts";
import type { Workbench } from "../../scripts/vscode/browser.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { saveForReadme } from "./readme.ts";
import { sendPrompt, startTeam, type Team } from "./team.ts";

/** A developer who has spent everything, and a lead, each in a VS Code of their own, on one real endpoint. */
describe("asking for more in the workbench", function () {
  this.timeout(240_000);
  let team: Team;
  let lead: TestEditor;
  let developer: TestEditor;

  before(async () => {
    team = await startTeam();
    const browser = { viewport: { width: 1280, height: 760 }, deviceScaleFactor: 2 };
    const open = (token: string) => startEditor({ settings: sampleSettings(team), env: { TOKEN_BUDGET_TOKEN: token }, browser });
    [lead, developer] = await Promise.all([open(team.people.lead.token), open(team.people.spent.token)]);
    await meter(lead.window).filter({ hasText: "left" }).waitFor();
    await meter(developer.window).filter({ hasText: "used up" }).waitFor();
  });

  after(async () => {
    await lead?.close();
    await developer?.close();
    await team?.close();
  });

  const meter = (window: Workbench) => window.statusItem("tokenBudget.meter");
  /** From the open list of allowances to the end. */
  async function ask(window: Workbench, amount: string, reason: string): Promise<void> {
    await window.pick("Your month");
    await window.quickInput.getByText("How much more, in US dollars?").waitFor();
    await window.answerInput(amount);
    await window.quickInput.getByText("What for?").waitFor();
    await window.answerInput(reason);
    await window.pick("Until the reset");
  }

  it("a refused request offers to ask for more, and the lead is told of it with both answers", async () => {
    const { window } = developer;
    await sendPrompt(window, "demo-small");
    await window.dialog().filter({ hasText: "is used up ($60)" }).waitFor();
    await window.clickDialogButton("Ask for More…");
    await ask(window, "10", "The release is tonight");
    await window.notification("Your team lead has been asked").waitFor();
    const request = lead.window.notification("Sam Rossi asks for $10 more of Your month");
    await request.filter({ hasText: "The release is tonight" }).waitFor();
    await saveForReadme(lead.window, "ask-for-more.png");
  });

  it("is approved by a click: the developer hears of it, the meter moves by itself, and the request that waited goes on by another click", async () => {
    await lead.window.clickNotificationButton("Sam Rossi asks for", "Approve");
    const { window } = developer;
    await window.notification("Ada Lind gives you $10 more of Your month").waitFor();
    await meter(window).filter({ hasText: /left/ }).waitFor();
    await window.clickNotificationButton("Ada Lind gives you $10 more", "Send migrate.prompt.md");
    await window.page.locator(".view-line").filter({ hasText: "intelligence" }).first().waitFor();
    await window.runCommand("Token Budget: Show Allowances");
    await window.quickInput.getByText(/\$10 of it granted until/).waitFor();
    await window.page.keyboard.press("Escape");
  });

  it("is denied from the list of open requests, by keyboard", async () => {
    const { window } = developer;
    await window.runCommand("Token Budget: Ask for More…");
    await ask(window, "500", "Why not");
    await lead.window.runCommand("Token Budget: Show Open Requests…");
    const rows = lead.window.quickInput.locator(".monaco-list-row");
    await rows.filter({ hasText: "Sam Rossi: $500 more of Your month" }).waitFor();
    assert.equal(await rows.filter({ hasText: "approved by Ada Lind" }).count(), 1);
    await lead.window.page.keyboard.press("Enter");
    await rows.filter({ hasText: "Deny" }).waitFor();
    await lead.window.page.keyboard.press("ArrowDown");
    await lead.window.page.keyboard.press("Enter");
    await window.notification("Ada Lind does not give you $500 more").waitFor();
  });

  it("is not needed in an emergency, where the policy says so: the request is sent anyway, and the lead reads why", async () => {
    const policy = JSON.parse(await readFile(join(root, "sample", "policy.json"), "utf8"));
    policy.allowances[0].limitFor = { [team.people.spent.id]: "50" };
    const response = await fetch(`${team.endpointUrl}/v1/policy`, {
      method: "PUT",
      headers: { authorization: `Bearer ${team.people.lead.token}`, "content-type": "application/json", "if-match": "*" },
      body: JSON.stringify({ policy: { ...policy, grants: { breakGlass: { period: "5" } } }, note: "emergencies" }),
    });
    assert.equal(response.status, 200);
    const { window } = developer;
    await meter(window).filter({ hasText: "used up" }).waitFor();
    await sendPrompt(window, "demo-small");
    await window.dialog().filter({ hasText: "is used up" }).waitFor();
    await window.clickDialogButton("Send Anyway…");
    await window.quickInput.getByText("It is recorded, and your leads are told.").waitFor();
    await window.answerInput("Production is down");
    const told = lead.window.notification(/Sam Rossi took \$\d\.\d\d more of Your month without asking/);
    await told.filter({ hasText: "Production is down" }).waitFor();
    await window.page.locator(".tab").filter({ hasText: "Untitled-2" }).waitFor();
  });
});
