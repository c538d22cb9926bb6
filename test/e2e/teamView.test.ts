import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sampleSettings } from "../../sample/sample.ts";
import type { Grant, Me, PolicyVersion } from "../../src/protocol/endpoint.ts";
import { violations } from "./accessibility.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { saveForReadme } from "./readme.ts";
import { startTeam, type Team } from "./team.ts";

/** The sample team as its lead sees it, and what one of them sees of that, each in a VS Code of their own. */
describe("the team in the workbench", function () {
  this.timeout(240_000);
  let team: Team;
  let lead: TestEditor;
  let developer: TestEditor;

  before(async () => {
    team = await startTeam();
    await ask("10", "The release is tonight");
    const open = (token: string) =>
      startEditor({
        settings: sampleSettings(team),
        env: { TOKEN_BUDGET_TOKEN: token },
        browser: { viewport: { width: 1280, height: 1000 }, deviceScaleFactor: 1.5 },
      });
    [lead, developer] = await Promise.all([open(team.people.lead.token), open(team.people.close.token)]);
    for (const { window } of [lead, developer])
      await window.statusItem("tokenBudget.meter").filter({ hasText: "left" }).waitFor();
  });

  after(async () => {
    await lead?.close();
    await developer?.close();
    await team?.close();
  });

  const view = () => lead.window.webview();
  async function call<T>(
    token: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await fetch(team.endpointUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return (await response.json()) as T;
  }
  /** The one who has spent everything asks for more. */
  async function ask(amount: string, reason: string): Promise<Grant> {
    const { token } = team.people.spent;
    const { allowances } = await call<Me>(token, "GET", "/v1/me");
    const { key } = allowances.find(({ id }) => id === "month")!;
    return call(token, "POST", "/v1/grants", { allowance: key, amount, reason });
  }
  async function show(visibility: string): Promise<void> {
    const { token } = team.people.lead;
    const { version, policy } = await call<PolicyVersion>(token, "GET", "/v1/policy");
    await call(token, "PUT", "/v1/policy", { policy: { ...policy, visibility } }, { "if-match": `"${version}"` });
  }

  it("shows a lead who is close to the limit, the closest first, and what was spent on what", async () => {
    await lead.window.runCommand("Notifications: Clear All Notifications");
    await lead.window.runCommand("Token Budget: Show Team");
    await view()
      .locator(".summary")
      .filter({ hasText: /^.+ to .+ · [\d,]+ requests · 4 people$/ })
      .waitFor();
    const names = await view().locator(".meters tbody th .name").allTextContents();
    assert.deepEqual(names, ["Fernway's pool", "Sam Rossi", "Bo Nakamura", "Kim Ortega", "Ada Lind"]);
    await view()
      .locator(".meters tr.spent")
      .filter({ hasText: /Sam Rossi.*\$60 of \$60.*used up, resets/s })
      .waitFor();
    await view().locator(".answer").filter({ hasText: "1 person has used everything, 1 person is close to the limit" }).waitFor();
    for (const id of ["model", "project", "purpose", "source"])
      assert.ok((await view().locator(`.by-${id} tbody tr`).count()) > 1, id);
    assert.equal(await view().locator(".days g").count(), await view().locator(".days tbody tr").count());
  });

  it("is accessible in light, dark and both high contrasts, and readable in all of them", async () => {
    await lead.window.runCommand("Notifications: Clear All Notifications");
    for (const [theme, mark, name] of [
      ["Light Modern", ".vscode-light", "team-light.png"],
      ["Dark High Contrast", ".vscode-high-contrast", "team-contrast.png"],
      ["Light High Contrast", ".vscode-high-contrast-light", "team-contrast-light.png"],
      ["Dark Modern", ".vscode-dark", "team.png"],
    ] as const) {
      await lead.window.chooseTheme(theme);
      await view().locator("body").and(view().locator(mark)).waitFor();
      await view().locator(".by-model tbody tr").first().waitFor();
      assert.deepEqual(await violations(lead.window), [], theme);
      await saveForReadme(lead.window, name);
    }
    const { page } = lead.window;
    await page.setViewportSize({ width: 720, height: 1000 });
    assert.deepEqual(await violations(lead.window), [], "narrow");
    const { scrollWidth, clientWidth } = await view()
      .locator("html")
      .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} in ${clientWidth}`);
    await saveForReadme(lead.window, "team-narrow.png");
    await page.setViewportSize({ width: 1280, height: 1000 });
  });

  it("lets a request for more be approved by keyboard, and the meters follow", async () => {
    const request = view().locator(".requests .card").filter({ hasText: "Sam Rossi: $10 more of Your month" });
    await request.filter({ hasText: "The release is tonight" }).waitFor();
    await request.getByRole("button", { name: "Approve: Sam Rossi" }).focus();
    await lead.window.page.keyboard.press("Enter");
    await request.waitFor({ state: "detached" });
    await view()
      .locator(".meters tr")
      .filter({ hasText: /Sam Rossi.*\$60 of \$70/s })
      .waitFor();
  });

  it("looks at another time, by keyboard, and exports what is looked at as a table for spreadsheets", async () => {
    await view().locator(".choice").filter({ hasText: "This month" }).click();
    await lead.window.page.keyboard.press("ArrowRight");
    await lead.window.page.keyboard.press("ArrowRight");
    await view().getByRole("radio", { name: "30 days", checked: true }).waitFor();
    await view().locator(".days tbody tr").nth(29).waitFor();
    await view().getByRole("button", { name: "Export CSV…" }).click();
    await lead.window.quickInput.getByText("Export what the team has spent").waitFor();
    await lead.window.page.keyboard.press("Enter"); // the name that it proposes, in the workspace
    await lead.window.page.getByRole("treeitem", { name: /^token-budget-.*\.csv/ }).waitFor();
    const [file] = readdirSync(lead.workspace).filter((name) => name.endsWith(".csv"));
    const text = readFileSync(join(lead.workspace, file!), "utf8");
    assert.match(text, /^developer,model,project,purpose,day,source,requests,guarded,cost_usd,/);
    assert.match(text, /\r\nSam Rossi,\w+\/[\w.-]+,fernway\/\w+/);
  });

  it("shows pseudonyms, or nobody, where the policy says so; and says so", async () => {
    await show("pseudonym");
    await view()
      .locator(".meters th .name")
      .filter({ hasText: /^Developer [2-9A-Z]{6}$/ })
      .first()
      .waitFor();
    assert.equal(await view().locator(".meters").filter({ hasText: "Bo Nakamura" }).count(), 0);
    await show("aggregate");
    await view().getByText("People are not shown: the team's policy shows what at least 5 of them used together.").waitFor();
    await view().getByText("No whole week of this time has 5 people who used anything.").waitFor();
    assert.deepEqual(await violations(lead.window), []);
    await show("person");
    await view().locator(".meters th .name").filter({ hasText: "Bo Nakamura" }).waitFor();
  });

  it("tells a developer what leads see of them, what the endpoint has and what was sent; the team itself is not theirs to see", async () => {
    const { window } = developer;
    await window.runCommand("Token Budget: Show What the Team Sees of Me");
    const lines = window.page.locator(".view-line");
    await lines.filter({ hasText: "Leads see who used how much, by name." }).waitFor();
    await lines.filter({ hasText: "You are in their list as Bo Nakamura:" }).waitFor();
    await lines.filter({ hasText: /^-\sYour\smonth:\s\$5\d\sof\s\$60/ }).waitFor();
    await saveForReadme(window, "seen-of-me.png");
    await show("aggregate");
    await window.runCommand("Token Budget: Show What the Team Sees of Me");
    await lines.filter({ hasText: "You are in no list." }).waitFor();
    await show("person");
  });

  it("is gone when the lead signs out", async () => {
    await view().locator(".summary").waitFor();
    await lead.window.runCommand("Token Budget: Sign Out");
    await lead.window.page.locator(".tab").filter({ hasText: "Team" }).waitFor({ state: "detached" });
  });
});
