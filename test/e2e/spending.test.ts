import assert from "node:assert/strict";
import { sampleSettings } from "../../sample/sample.ts";
import { violations } from "./accessibility.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { saveForReadme } from "./readme.ts";
import { startTeam, type Team } from "./team.ts";

/** What used it up, in a real VS Code, for somebody whose month is nearly over. */
describe("what used it up", function () {
  this.timeout(240_000);
  let team: Team;
  let editor: TestEditor;

  before(async () => {
    team = await startTeam();
    editor = await startEditor({
      settings: sampleSettings(team),
      env: { TOKEN_BUDGET_TOKEN: team.people.close.token },
      browser: { viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1.5 },
      prepare: (stateDir) => team.writeLedger("close", stateDir),
    });
    await editor.window.statusItem("tokenBudget.meter").filter({ hasText: "left" }).waitFor();
  });

  after(async () => {
    await editor?.close();
    await team?.close();
  });

  const page = () => editor.window.page;
  const view = () => editor.window.webview();
  const rows = (id: string) => view().locator(`.by-${id} tbody tr`);

  it("is one click from the hover, which charts the last days", async () => {
    const hover = await editor.window.hoverStatusItem("tokenBudget.meter");
    await hover.getByText(/in\s14\sdays\s·\s.*\stoday/).waitFor();
    const chart = hover.getByRole("img", { name: /^Spend by day from .* most on .*: \$/ });
    await chart.waitFor();
    const width = await chart.evaluate(async (element) => {
      const image = element as unknown as { decode(): Promise<void>; naturalWidth: number };
      await image.decode();
      return image.naturalWidth;
    });
    assert.equal(width, 14 * 29, "the picture is shown");
    await hover.getByText("What Used It Up?").click();
    await view()
      .locator(".answer")
      .filter({ hasText: /^Mostly .+ \(\d+%\), in booking \(\d+%\), by Chat \(\d+%\)$/ })
      .waitFor();
  });

  it("looks at the tightest allowance first: what it is at, where it leads, and what its requests were", async () => {
    await view()
      .locator(".summary")
      .filter({ hasText: /^Your month · since .* · [\d,]+ requests$/ })
      .waitFor();
    assert.match((await view().locator(".amount").textContent())!, /^\$5\d$/);
    await view()
      .locator(".pace")
      .filter({ hasText: /left · on pace.* · resets / })
      .waitFor();
    assert.equal(await rows("workspace").count(), 3);
    const shares = (await view().locator(".by-model tbody td:nth-of-type(2)").allTextContents()).map(Number.parseFloat);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => b - a),
      "most first",
    );
  });

  it("is driven by the keyboard: another time is chosen, and copied as a table", async () => {
    await view().locator(".choice").filter({ hasText: "Your month" }).click();
    await page().keyboard.press("ArrowRight");
    while (!(await view().getByRole("radio", { name: "14 days", exact: true }).isChecked()))
      await page().keyboard.press("ArrowRight");
    await view()
      .locator(".summary")
      .filter({ hasText: /^14 days · / })
      .waitFor();
    assert.equal(await view().locator(".column").count(), 14);
    assert.equal(await view().locator(".scroll tbody tr").count(), 14);
    await page().keyboard.press("Shift+Tab");
    await page().keyboard.press("Enter");
    let copied = "";
    while (!copied.startsWith("14 days")) copied = await page().evaluate<string>("navigator.clipboard.readText()");
    assert.match(
      copied,
      /^14 days · .*\n\n\| Day \| Cost \| Requests \|\n\| --- .*\n(\| .*\n){14}\n\| Model \| Cost \| Share \| Requests \|\n/,
    );
  });

  it("comes back as it was after its tab was behind another", async () => {
    await editor.window.openFile("README.md");
    await page().locator("iframe.webview:visible").waitFor({ state: "detached" });
    await page().locator(".tab").filter({ hasText: "Token Spending" }).click();
    await view().getByRole("radio", { name: "14 days", checked: true }).waitFor();
  });

  it("is accessible in light, dark and high contrast, and readable in all of them", async () => {
    await view().locator(".choice").filter({ hasText: "Your month" }).click();
    await view()
      .locator(".summary")
      .filter({ hasText: /^Your month/ })
      .waitFor();
    await editor.window.runCommand("Notifications: Clear All Notifications");
    await page().mouse.move(180, 700); // where nothing reacts to it
    for (const [theme, mark, name] of [
      ["Light Modern", ".vscode-light", "spending-light.png"],
      ["Dark High Contrast", ".vscode-high-contrast", "spending-contrast.png"],
      ["Dark Modern", ".vscode-dark", "spending.png"],
    ] as const) {
      await editor.window.chooseTheme(theme);
      await view().locator("body").and(view().locator(mark)).waitFor();
      await view().locator(".by-model tbody tr").first().waitFor();
      assert.deepEqual(await violations(editor.window), [], theme);
      await saveForReadme(editor.window, name);
    }
    await page().setViewportSize({ width: 720, height: 860 });
    assert.deepEqual(await violations(editor.window), [], "narrow");
    const { scrollWidth, clientWidth } = await view()
      .locator("html")
      .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} in ${clientWidth}`);
    await saveForReadme(editor.window, "spending-narrow.png");
  });
});
