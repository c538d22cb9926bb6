import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sampleSettings } from "../../sample/sample.ts";
import { root } from "../../scripts/root.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { sendPrompt, startTeam, type Team } from "./team.ts";

const PURPOSES = {
  requiredAbove: "0",
  list: [
    { id: "outage", name: "Outage", exempt: true },
    { id: "feature", name: "Feature" },
  ],
};
const OUTAGES = { id: "outages", name: "Outages", limit: "5", purposes: ["outage"] };

/** A developer who has spent their month, in a team that lets outages go first. */
describe("what a request is for, in the workbench", function () {
  this.timeout(240_000);
  let team: Team;
  let editor: TestEditor;

  before(async () => {
    team = await startTeam();
    await push({});
    editor = await startEditor({ settings: sampleSettings(team), env: { TOKEN_BUDGET_TOKEN: team.people.spent.token } });
    await meter().filter({ hasText: "used up" }).waitFor();
  });
  after(async () => {
    await editor?.close();
    await team?.close();
  });

  const meter = () => editor.window.statusItem("tokenBudget.meter");
  /** The sample's policy with purposes; `month` changes the developer's month. */
  async function push(month: object): Promise<void> {
    const policy = JSON.parse(await readFile(join(root, "sample", "policy.json"), "utf8"));
    const allowances = [{ ...policy.allowances[0], ...month }, ...policy.allowances.slice(1), OUTAGES];
    const response = await fetch(`${team.endpointUrl}/v1/policy`, {
      method: "PUT",
      headers: { authorization: `Bearer ${team.people.lead.token}`, "content-type": "application/json", "if-match": "*" },
      body: JSON.stringify({ policy: { ...policy, allowances, purposes: PURPOSES }, note: "purposes" }),
    });
    assert.equal(response.status, 200);
  }
  const answer = (number: number) =>
    editor.window.page
      .locator(".tab")
      .filter({ hasText: `Untitled-${number}` })
      .waitFor();

  it("is a way out of a refusal: an outage goes on with its own money", async () => {
    const { window } = editor;
    await sendPrompt(window, "demo-small");
    await window.dialog().filter({ hasText: "is used up ($60)" }).waitFor();
    await window.clickDialogButton("Say What It Is For…");
    await window.quickInput.getByText("has an allowance of its own").waitFor();
    await window.pick("Outage");
    await answer(1);
  });

  it("is chosen for the whole window, and then not asked", async () => {
    const { window } = editor;
    await window.runCommand("Token Budget: Choose Purpose…");
    await window.pick("Outage");
    await sendPrompt(window, "demo-small");
    await answer(2);
    await window.runCommand("Token Budget: Choose Purpose…");
    await window.pick("None");
  });

  it("is asked where the team wants to know it, and the request goes on with the answer", async () => {
    const { window } = editor;
    await push({ limit: "200" });
    await meter().filter({ hasText: "left" }).waitFor();
    await sendPrompt(window, "demo-small");
    await window.quickInput.getByText("What is it for?").waitFor();
    await window.pick("Feature");
    await answer(3);
  });
});
