import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Locator } from "playwright-core";
import { sampleSettings } from "../../sample/sample.ts";
import { command } from "../../scripts/command.ts";
import { root } from "../../scripts/root.ts";
import { attachedText } from "../../src/editor/preview/attachment.ts";
import { type Counter, loadCounter } from "../../src/tokens/counter.ts";
import { contentShares } from "../../src/tokens/estimate/contentClass.ts";
import { estimateTokens } from "../../src/tokens/estimate.ts";
import { readTokenFile } from "../support/tokenFiles.ts";
import { violations } from "./accessibility.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { startTeam, type Team } from "./team.ts";

/** The first model that the sample's policy compares: that of all estimates until another is chosen. */
const SMALL = "demo-small";
const LARGE = "demo-large";

/** The preview of a prompt's cost in a real VS Code, as a person sees and drives it. */
describe("the preview of a prompt's cost", function () {
  this.timeout(240_000);
  let team: Team;
  let local: Server;
  let editor: TestEditor;
  let counter: Counter;

  before(async () => {
    counter = await loadCounter("o200k_base", readTokenFile);
    team = await startTeam();
    local = createServer((_, response) => response.end(JSON.stringify({ data: [{ id: "qwen2.5-7b" }] })));
    local.listen(0, "127.0.0.1");
    await once(local, "listening");
    editor = await startEditor({
      settings: {
        ...sampleSettings(team),
        "tokenBudget.preview.localServers": [`http://127.0.0.1:${(local.address() as AddressInfo).port}/v1`],
      },
      env: { TOKEN_BUDGET_TOKEN: team.people.healthy.token },
      browser: { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1.5 },
    });
    await editor.window.statusItem("tokenBudget.meter").filter({ hasText: "left" }).waitFor();
  });

  after(async () => {
    await editor?.close();
    local?.close();
    await team?.close();
  });

  const page = () => editor.window.page;
  const view = () => editor.window.webview();
  const model = (name: string) =>
    view()
      .locator(".models tbody")
      .filter({ has: view().getByRole("radio", { name, exact: true }) });
  const part = (name: string) => view().locator(".parts tbody tr").filter({ hasText: name });
  const amount = () => view().locator(".amount");
  const focused = () => view().locator(":focus");
  /** Tokens of a text for the demo models, as a row shows them. */
  const tokensIn = (text: string) => {
    const { likely } = estimateTokens({ tokens: counter.count(text), shares: contentShares([text]) }, SMALL);
    return `~${likely.toLocaleString("en")}`;
  };
  const fileText = (path: string) => readFileSync(join(editor.workspace, path), "utf8");
  const press = async (...keys: string[]) => {
    for (const key of keys) await page().keyboard.press(key);
  };
  async function openPreview(file = "migrate.prompt.md"): Promise<void> {
    await editor.window.runCommand("View: Focus First Editor Group");
    await editor.window.openFile(file);
    await editor.window.runCommand("Token Budget: Preview Prompt Cost");
    await view().getByRole("radio", { name: file, checked: true }).waitFor();
    await model(SMALL).waitFor();
  }
  /** Puts the focus into the view, at its beginning. */
  async function enter(): Promise<void> {
    await view().locator("h1").click();
  }
  /** Presses Tab until what has the focus is it. */
  async function tabTo(target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
    for (let presses = 0; presses < 40; presses++) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await press(key);
    }
    assert.fail(`Tab does not reach ${target}`);
  }
  async function saveForReadme(name: string): Promise<void> {
    const target = process.env.TOKEN_BUDGET_SCREENSHOTS;
    if (!target) return;
    await editor.window.runCommand("Notifications: Clear All Notifications");
    await editor.window.screenshot(join(target, name));
  }

  it("shows what fills the prompt, and what it costs on each model, the cheapest marked", async () => {
    await openPreview();
    const text = part("migrate.prompt.md");
    await text.filter({ hasText: tokensIn(fileText(".github/prompts/migrate.prompt.md")) }).waitFor();
    for (const name of ["AGENTS.md", "CLAUDE.md"])
      await part(name)
        .filter({ hasText: tokensIn(attachedText(name, fileText(name))) })
        .waitFor();
    await model(SMALL)
      .filter({ hasText: "for estimates" })
      .filter({ hasText: /policy 1 of \d{4}-/ })
      .waitFor();
    await model(LARGE)
      .filter({ hasText: /\$0\.\d\d–\$0\.\d\d/ })
      .filter({ hasText: "Asks first" })
      .waitFor();
    await model("GPT-5").filter({ hasText: "catalogue of 2026-" }).waitFor();
    await view().getByText("Not counted: what an agent reads on its own.").waitFor();
    const costs = await view().locator(".models .total > span:first-child").allTextContents();
    assert.ok(costs.length >= 8, costs.join(", "));
  });

  it("finds a model of this machine where the person named its server: it costs nothing, and is the cheapest", async () => {
    await model("qwen2.5-7b")
      .filter({ hasText: "cheapest" })
      .filter({ hasText: "on this machine" })
      .filter({ hasText: "$0" })
      .waitFor();
  });

  it("is driven by the keyboard alone: a model is chosen, sent to through the guard, and taken for estimates", async () => {
    await press("ControlOrMeta+1");
    await page().locator(".editor-group-container.active .monaco-editor.focused").waitFor();
    await press("F1");
    await editor.window.quickInput.waitFor();
    await page().keyboard.type("Token Budget: Preview Prompt Cost", { delay: 5 });
    await editor.window.quickInput.locator(".monaco-list-row.focused").filter({ hasText: "Preview Prompt Cost" }).waitFor();
    await press("Enter");
    await view().locator("body:focus-within, body").first().waitFor();

    const small = view().getByRole("radio", { name: SMALL, exact: true });
    await tabTo(small);
    while (!(await view().getByRole("radio", { name: LARGE, exact: true }).isChecked())) {
      await press("ArrowDown");
      await focused().and(view().locator("[name=model]:checked")).waitFor();
    }
    await view().locator(".eyebrow").filter({ hasText: LARGE }).waitFor();
    await focused()
      .and(view().getByRole("radio", { name: LARGE, exact: true }))
      .waitFor();
    await amount()
      .filter({ hasText: /^\$0\.\d\d–\$0\.\d\d$/ })
      .waitFor();
    await view().getByText("It would cost nothing on qwen2.5-7b.").waitFor();

    await tabTo(view().getByRole("button", { name: `Send to ${LARGE}` }), "Shift+Tab");
    const outline = await focused().evaluate("element => getComputedStyle(element).outlineStyle");
    assert.notEqual(outline, "none", "the focus is seen");
    await press("Enter");
    await editor.window
      .dialog()
      .filter({ hasText: LARGE })
      .filter({ hasText: /\$0\.\d\d/ })
      .waitFor();
    await press("Escape");
    await editor.window.dialog().waitFor({ state: "detached" });

    await tabTo(view().getByRole("button", { name: "Use for Estimates" }));
    await press("Enter");
    await model(LARGE).filter({ hasText: "for estimates" }).waitFor();
    await view().getByRole("button", { name: "Use for Estimates" }).waitFor({ state: "hidden" });
  });

  it("can leave parts out, by the keyboard too", async () => {
    const box = view().getByRole("checkbox", { name: "Count AGENTS.md" });
    const total = view().locator(".parts tfoot td").first();
    const before = await total.textContent();
    await enter();
    await tabTo(box);
    await press("Space");
    await total.filter({ hasNotText: before! }).waitFor();
    assert.equal(await box.isChecked(), false);
    assert.equal(await box.evaluate((element) => element === element.ownerDocument.activeElement), true, "the focus stays");
    await press("Space");
    await total.filter({ hasText: before! }).waitFor();
  });

  it("follows while one types into the document, and into its own text box", async () => {
    const row = part("migrate.prompt.md").locator(".number").first();
    const before = await row.textContent();
    await page().locator(".editor-group-container .monaco-editor .view-line").first().click();
    await press("ControlOrMeta+End");
    await page().keyboard.type("And which metric would wake somebody at night?", { delay: 10 });
    await row.filter({ hasNotText: before! }).waitFor();
    await editor.window.runCommand("File: Save All Files");
    const path = ".github/prompts/migrate.prompt.md";
    await eventually(async () => assert.match(fileText(path), /somebody at night\?/));
    await row.filter({ hasText: tokensIn(fileText(path)) }).waitFor();

    await view().getByRole("radio", { name: "Text typed here" }).check();
    const box = view().getByRole("textbox", { name: "Your text" });
    await box.click();
    await page().keyboard.type("Explain the incident of October.", { delay: 10 });
    await part("Text typed here")
      .filter({ hasText: tokensIn("Explain the incident of October.") })
      .waitFor();
    await box.fill("Why?");
    await part("Text typed here")
      .filter({ hasText: tokensIn("Why?") })
      .waitFor();
  });

  it("comes back as it was after its tab was behind another", async () => {
    await view().getByRole("textbox", { name: "Your text" }).fill("Explain the incident of October to somebody new.");
    await part("Text typed here")
      .filter({ hasText: tokensIn("Explain the incident of October to somebody new.") })
      .waitFor();
    await editor.window.openFile("incident.md"); // into the preview's group, which is the active one
    await page().locator("iframe.webview:visible").waitFor({ state: "detached" });
    await page().locator(".tab").filter({ hasText: "Prompt Cost" }).click();
    await view().getByRole("radio", { name: "Text typed here", checked: true }).waitFor();
    assert.equal(
      await view().getByRole("textbox", { name: "Your text" }).inputValue(),
      "Explain the incident of October to somebody new.",
    );
    await view().getByRole("radio", { name: LARGE, exact: true, checked: true }).waitFor();
    assert.equal(await page().locator(".tab").filter({ hasText: "Prompt Cost" }).count(), 1);
  });

  it("takes files from the explorer, refuses what is no text with a word, and lets them go again", async () => {
    writeFileSync(join(editor.workspace, "docs", "blob.dat"), Buffer.from([1, 0, 2, 0]));
    await editor.window.runCommand("View: Show Explorer");
    const entry = (name: string) => page().locator(".explorer-folders-view .monaco-list-row").filter({ hasText: name });
    if ((await entry("incident.md").count()) === 0) await entry("docs").click();
    const menu = page().locator(".monaco-menu");
    await eventually(async () => {
      if (await menu.isVisible()) await press("Escape");
      await menu.waitFor({ state: "detached", timeout: 2_000 });
      await entry("incident.md").click({ timeout: 5_000 });
      await entry("blob.dat").click({ modifiers: ["ControlOrMeta"], timeout: 5_000 });
      await entry("blob.dat").click({ button: "right", timeout: 5_000 });
      await menu.waitFor();
      // An editor that has just opened is revealed in the explorer, which takes the selection.
      assert.equal(await page().locator(".explorer-folders-view .monaco-list-row.selected").count(), 2);
      await press("ArrowUp"); // by keyboard: a menu that has only just opened hears no click
      const item = menu.locator(".action-item.focused").filter({ hasText: "Preview Cost of Files" });
      await item.waitFor({ timeout: 2_000 });
      await press("Enter");
      await menu.waitFor({ state: "detached", timeout: 2_000 });
    });
    await part("docs/incident.md")
      .filter({ hasText: tokensIn(attachedText("docs/incident.md", fileText("docs/incident.md"))) })
      .waitFor();
    await part("docs/blob.dat").filter({ hasText: "no text" }).waitFor();
    await view().getByRole("button", { name: "Remove docs/blob.dat" }).click();
    await part("docs/blob.dat").waitFor({ state: "detached" });
  });

  it("gives its figures and its prompt to the clipboard, takes a prompt from there, and opens one in the chat", async () => {
    const clipboard = () => page().evaluate<string>("navigator.clipboard.readText()");
    await view().getByRole("button", { name: "Copy Figures" }).click();
    await eventually(async () => assert.match(await clipboard(), /^demo-large: .*\n\n\| Part \| Tokens \| Share \|\n/));
    assert.match(await clipboard(), /\| demo-small \(demo · policy 1 of /);
    await view().getByRole("button", { name: "Copy Prompt" }).click();
    await eventually(async () =>
      assert.match(await clipboard(), /^Explain the incident .*\n\n<attachment path="docs\/incident\.md">\n/),
    );

    await page().evaluate(`navigator.clipboard.writeText("A prompt\\r\\nfrom elsewhere")`);
    await view().getByRole("button", { name: "Use Clipboard" }).click();
    await part("Text typed here")
      .filter({ hasText: tokensIn("A prompt\nfrom elsewhere") })
      .waitFor();
    assert.equal(await view().getByRole("textbox", { name: "Your text" }).inputValue(), "A prompt\nfrom elsewhere");

    await editor.window.enableChat(SMALL);
    await view().getByRole("button", { name: "Open in Chat" }).click();
    const input = page().locator(".interactive-input-part");
    await input.locator(".view-line").filter({ hasText: "from elsewhere" }).waitFor();
    await input.getByText("incident.md").first().waitFor();
    assert.equal(await page().locator(".interactive-request").count(), 0, "it is not sent");
    await press("ControlOrMeta+Alt+b");
  });

  it("is accessible in light, dark and high contrast, and readable in all of them", async () => {
    await editor.window.runCommand("View: Close All Editors");
    await editor.window.runCommand("View: Close Primary Side Bar");
    await page().setViewportSize({ width: 1320, height: 1000 });
    await openPreview("review.prompt.md");
    await view().getByRole("radio", { name: LARGE, exact: true }).check();
    await view().locator("h1").click(); // and not where the row is
    await amount()
      .filter({ hasText: /^\$0\.\d\d–\$0\.\d\d$/ })
      .waitFor();
    for (const theme of THEMES) {
      await editor.window.chooseTheme(theme);
      await view().locator("body").and(view().locator(BODY_OF[theme])).waitFor();
      await view().locator(".models .chosen").waitFor();
      assert.deepEqual(await violations(editor.window), [], theme);
      if (theme === "Dark Modern") await saveForReadme("preview.png");
    }
  });

  it("has room for all figures of every model when it has the window to itself", async () => {
    await page().setViewportSize({ width: 1180, height: 776 });
    await enter();
    await editor.window.runCommand("View: Toggle Maximize Editor Group");
    const figures = model(LARGE).locator("tr").first();
    await figures.filter({ hasText: /Demo models, your day/ }).waitFor();
    await figures.getByText(/^policy 1 of|· policy 1 of/).waitFor();
    for (const cell of await figures.locator("td").all()) assert.ok(await cell.isVisible());
    await view()
      .locator("html")
      .evaluate((html) => html.scrollIntoView(false)); // its end
    await saveForReadme("preview-models.png");
    await editor.window.runCommand("View: Toggle Maximize Editor Group");
  });

  it("has no serious fault with forced colours, reduced motion and little room either", async () => {
    await page().emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
    await page().setViewportSize({ width: 700, height: 900 });
    await view().locator(".models .chosen").waitFor();
    assert.deepEqual(await violations(editor.window), []);
    for (const part of ["html", ".parts", ".models"]) {
      const { scrollWidth, clientWidth } = await view()
        .locator(part)
        .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
      assert.ok(scrollWidth <= clientWidth, `${part}: ${scrollWidth} in ${clientWidth}`);
    }
    await page().emulateMedia({ forcedColors: "none", reducedMotion: "no-preference" });
    await page().setViewportSize({ width: 1440, height: 900 });
  });

  it("follows a policy that is pushed while it is open: what it denies is blocked, in the lead's words as plain text", async () => {
    const policy = JSON.parse(readFileSync(join(root, "sample", "policy.json"), "utf8")) as { models: { denied: unknown[] } };
    policy.models.denied.push({ model: LARGE, reason: "Only for the <b>night</b> of a release." });
    const file = join(team.folder, "policy.json");
    writeFileSync(file, JSON.stringify(policy));
    const push = [join(root, "src", "main", "endpoint.ts"), "policy", "push", file, "--note", "A test", "--over", "1"];
    const env = { TOKEN_BUDGET_ENDPOINT: team.endpointUrl, TOKEN_BUDGET_TOKEN: team.people.lead.token };
    await command(process.execPath, push, { env });
    await model(LARGE).filter({ hasText: "Blocked" }).waitFor();
    await view().locator(".reasons").filter({ hasText: "Only for the <b>night</b> of a release." }).waitFor();
    assert.equal(await view().locator("main b").count(), 0);
    const send = view().getByRole("button", { name: `Send to ${LARGE}` });
    assert.equal(await send.getAttribute("aria-disabled"), "true");
    await send.click({ force: true }); // as somebody would who does not see that it is dimmed
    await model(SMALL).filter({ hasText: "policy 2 of" }).waitFor();
    assert.equal(await editor.window.dialog().count(), 0);
  });
});

/** How VS Code marks a webview's body in a theme. */
const BODY_OF = {
  "Dark High Contrast": ".vscode-high-contrast",
  "Light High Contrast": ".vscode-high-contrast-light",
  "Dark Modern": ".vscode-dark",
  "Light Modern": ".vscode-light",
} as const;
const THEMES = Object.keys(BODY_OF) as (keyof typeof BODY_OF)[];

/** Tries again until it succeeds; the test's own time limit ends the wait. */
async function eventually(attempt: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= 100) throw error;
      await delay(100);
    }
  }
}
