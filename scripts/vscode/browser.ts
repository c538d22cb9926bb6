import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Frame,
  type FrameLocator,
  type Locator,
  type Page,
} from "playwright-core";
import { chromiumPath } from "../chromium.ts";
import type { Log } from "../command.ts";
import { cacheDir } from "../root.ts";

export interface BrowserOptions {
  headless?: boolean;
  viewport?: { width: number; height: number };
  /** What the page is told of the system's colours. VS Code's own theme is the setting `workbench.colorTheme`. */
  colorScheme?: "dark" | "light";
  /** Factor between CSS pixels and a screenshot's pixels. */
  deviceScaleFactor?: number;
  /** Called with each page before it loads. */
  prepare?: (page: Page) => Promise<void>;
  log?: Log;
}

/** How long the helpers wait for what they expect, in milliseconds. Generous: a loaded machine starts an extension host slowly. */
const patience = 60_000;

const openWindows = new Set<Workbench>();

/** Opens VS Code in a new browser with an empty profile and waits until the window can be worked with. */
export async function openWorkbench(url: string, options: BrowserOptions = {}): Promise<Workbench> {
  const browser = await chromium.launch({
    executablePath: await chromiumPath(options.log ?? console.error),
    headless: options.headless ?? true,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
    ],
  });
  try {
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1280, height: 800 },
      colorScheme: options.colorScheme ?? "dark",
      deviceScaleFactor: options.deviceScaleFactor ?? 1,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    context.setDefaultTimeout(patience);
    return await openIn(browser, context, url, options);
  } catch (error) {
    await browser.close();
    throw error;
  }
}

async function openIn(browser: Browser, context: BrowserContext, url: string, options: BrowserOptions): Promise<Workbench> {
  const page = await context.newPage();
  const workbench = new Workbench(page, browser, options);
  await options.prepare?.(page);
  await page.goto(url);
  await page.locator(".monaco-workbench .statusbar .statusbar-item").first().waitFor();
  return workbench;
}

/** One VS Code window in a browser, with what a person does in it. Every helper waits for its condition and fails after a minute. */
export class Workbench {
  readonly page: Page;
  readonly #browser: Browser;
  readonly #options: BrowserOptions;
  readonly #console: string[] = [];

  constructor(page: Page, browser: Browser, options: BrowserOptions) {
    this.page = page;
    this.#browser = browser;
    this.#options = options;
    page.on("console", (message) => this.#console.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.#console.push(`page error: ${error.stack ?? error.message}`));
    openWindows.add(this);
  }

  /** Opens another window of the same browser profile. */
  openWindow(url: string): Promise<Workbench> {
    return openIn(this.#browser, this.page.context(), url, this.#options);
  }

  /** Closes this window alone. */
  async closeWindow(): Promise<void> {
    openWindows.delete(this);
    await this.page.close({ runBeforeUnload: false });
  }

  /** Closes the browser with all its windows. */
  async close(): Promise<void> {
    for (const other of openWindows) if (other.#browser === this.#browser) openWindows.delete(other);
    await this.#browser.close();
  }

  /**
   * Runs a command by its full title (as "Token Budget: Preview Prompt Cost") from the command palette.
   * Asks the palette again until it offers the command: an extension that is still being loaded brings it late.
   */
  async runCommand(title: string): Promise<void> {
    // The palette appends notes to the accessible name ("…, similar commands", a key binding).
    const row = this.quickInput.locator(
      `.monaco-list-row[aria-label=${quote(title)}], .monaco-list-row[aria-label^=${quote(`${title}, `)}]`,
    );
    await this.#until(`the command palette offers "${title}"`, async () => {
      await this.page.keyboard.press("F1");
      await this.quickInput.locator("input").first().fill(`>${title}`, { timeout: 3000 });
      await row.first().waitFor({ timeout: 3000 });
      // The list may still be moving, so a click could hit its neighbour: the keyboard goes to the row.
      const chosen = row.and(this.page.locator(".focused")).first();
      for (let step = 0; step < 10 && !(await chosen.isVisible()); step++) await this.page.keyboard.press("ArrowDown");
      await chosen.waitFor({ timeout: 1000 });
      // Of the palette, wherever the focus has gone meanwhile.
      await this.quickInput.locator("input").first().press("Enter", { timeout: 1000 });
    });
  }

  /** Chooses a colour theme by its label, as "Light Modern". */
  async chooseTheme(label: string): Promise<void> {
    await this.runCommand("Preferences: Color Theme");
    await this.quickInput.locator("input").first().fill(label);
    await this.quickInput.locator(".monaco-list-row.focused").filter({ hasText: label }).waitFor();
    await this.page.keyboard.press("Enter");
    await this.quickInput.waitFor({ state: "hidden" });
  }

  /** Opens a file of the workspace by name, as with Ctrl+P. */
  async openFile(name: string): Promise<void> {
    await this.#until(`the file ${name} is found`, async () => {
      await this.page.keyboard.press("ControlOrMeta+P");
      await this.quickInput.locator("input").first().fill(name, { timeout: 3000 });
      await this.quickInput.locator(".monaco-list-row").filter({ hasText: name }).first().click({ timeout: 3000 });
    });
    await this.page.locator(`.tab.active[data-resource-name=${quote(name.split("/").at(-1)!)}]`).waitFor();
    await this.page.locator(".editor-group-container.active .monaco-editor .view-line").first().waitFor();
  }

  /** The palette, a quick pick or an input box: whichever is open. */
  get quickInput(): Locator {
    return this.page.locator(".quick-input-widget:visible");
  }

  /** Picks the entry whose label contains `label` from the open quick pick. */
  async pick(label: string): Promise<void> {
    // The palette that is just closing may have had such an entry, too, which stays hidden then.
    const entry = this.quickInput.locator(".monaco-list-row:visible").filter({ hasText: label }).first();
    await this.#until(`"${label}" can be picked`, () => entry.click({ timeout: 3000 }));
  }

  /** Types `text` into the open input box and accepts it. */
  async answerInput(text: string): Promise<void> {
    await this.quickInput.locator("input").first().fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** A status-bar item by a part of its id: "<publisher>.<name>", or "<publisher>.<name>.<the item's own id>". */
  statusItem(idPart: string): Locator {
    return this.page.locator(`.statusbar-item[id*=${quote(idPart)}]`);
  }

  /** Points at a status-bar item and returns its hover, once that is shown. */
  async hoverStatusItem(idPart: string): Promise<Locator> {
    const hover = this.page.locator(".monaco-hover.workbench-hover:visible").last();
    await this.#until(`the status-bar item ${idPart} shows its hover`, async () => {
      await this.page.mouse.move(640, 300); // a hover opens only when the pointer arrives
      await this.statusItem(idPart).hover();
      await hover.waitFor({ timeout: 5000 });
    });
    return hover;
  }

  /** The open modal dialog. */
  dialog(): Locator {
    return this.page.locator(".monaco-dialog-box");
  }

  /** Clicks a button of the modal dialog by its exact label, and waits until the dialog is gone. */
  async clickDialogButton(label: string): Promise<void> {
    const dialog = this.dialog().first();
    await dialog.getByRole("button", { name: label, exact: true }).click();
    await dialog.waitFor({ state: "detached" });
  }

  /** The notification toast that contains `text`. */
  notification(text: string | RegExp): Locator {
    return this.page.locator(".notification-toast .notification-list-item").filter({ hasText: text });
  }

  /** Clicks a button of the notification that contains `text`. */
  async clickNotificationButton(text: string | RegExp, label: string): Promise<void> {
    const notification = this.notification(text).first();
    await notification.hover(); // a toast without the pointer over it may be on its way out
    await notification.getByRole("button", { name: label, exact: true }).click();
  }

  /** The document inside the visible webview. */
  webview(): FrameLocator {
    return this.page.locator("iframe.webview:visible").last().contentFrame().locator("#active-frame").contentFrame();
  }

  /** The same as a frame, in which a test can run code. */
  async webviewFrame(): Promise<Frame> {
    const element = await this.webview().locator("html").elementHandle();
    return (await element!.ownerFrame())!;
  }

  /**
   * Makes the native chat usable without an account: enables the built-in chat extension, opens the view and waits until
   * `model` (its display name) is the chosen one. Start the server with `chatModels`, else no model appears.
   */
  async enableChat(model: string): Promise<void> {
    await this.#until(`the chat is enabled and offers the model ${model}`, async () => {
      await this.runCommand("Extensions: Enable All Extensions"); // does nothing yet while the window does not know of them all
      await this.openChat();
      await this.chooseChatModel(model, patience / 3);
    });
  }

  /** Opens the chat view and waits for its input box. */
  async openChat(): Promise<void> {
    if (!(await this.#chatInput.isVisible())) await this.page.keyboard.press("Control+Alt+I");
    await this.#chatInput.waitFor();
  }

  /** The model that was chosen last. */
  #chatModel: string | undefined;

  /** Chooses a model by its display name in the chat's picker; waits until the picker has it. */
  async chooseChatModel(model: string, within = patience): Promise<void> {
    const picker = this.#modelPicker;
    const chosen = this.#isChosen(model);
    const list = this.page.locator(".action-widget:not(.action-list-submenu-panel)");
    const choose = async () => {
      try {
        await chosen.waitFor({ timeout: 3000 }); // a model that is the only one is chosen unasked
      } catch {
        await picker.click({ timeout: 3000 });
        const entry = list.locator(".monaco-list-row", { has: this.page.getByText(model, { exact: true }) });
        const others = list.locator(".chat-model-picker-section-toggle[aria-expanded=false]");
        await entry.or(others).first().waitFor({ timeout: 3000 });
        if (!(await entry.isVisible())) await others.click({ timeout: 3000 });
        await entry.click({ timeout: 3000 });
        await chosen.waitFor({ timeout: 3000 });
      } finally {
        if (await list.isVisible()) await picker.click({ timeout: 3000, force: true });
      }
      await list.waitFor({ state: "hidden", timeout: 3000 });
    };
    await this.#until(`the chat offers the model ${model}`, choose, within);
    this.#chatModel = model;
  }

  /** Sends a message in the open chat view; does not wait for the answer. */
  async sendChatMessage(text: string): Promise<void> {
    const typed = this.#chatInput.locator(".view-lines").filter({ hasText: text });
    const sent = this.page.locator(".interactive-request").filter({ hasText: text }).last();
    // A chat that is being made ready forgets what was typed meanwhile, and which model was chosen.
    await this.#until(`the chat takes the message "${text}"`, async () => {
      if (this.#chatModel !== undefined) await this.chooseChatModel(this.#chatModel, patience / 3);
      await this.#chatInput.click({ timeout: 3000 });
      await this.page.keyboard.press("ControlOrMeta+A");
      await this.page.keyboard.insertText(text);
      await typed.waitFor({ timeout: 3000 });
      if (this.#chatModel !== undefined) await this.#isChosen(this.#chatModel).waitFor({ timeout: 1000 });
      await this.page.keyboard.press("Escape"); // closes a list of suggestions
      await this.page.keyboard.press("Enter");
      await sent.waitFor({ timeout: patience / 3 });
    });
  }

  /** The chat's latest answer, or the error in its place; grows while it streams. */
  chatAnswer(): Locator {
    return this.page.locator(".interactive-response.chat-most-recent-response");
  }

  get #modelPicker(): Locator {
    return this.page.locator(".interactive-input-part .model-picker-name");
  }

  /** The picker while it shows this model. */
  #isChosen(model: string): Locator {
    return this.#modelPicker.and(this.page.locator(`[aria-label=${quote(`Models, ${model}`)}]`));
  }

  get #chatInput(): Locator {
    return this.page.locator(".interactive-input-part .monaco-editor").first();
  }

  /** Writes a PNG of the window. */
  async screenshot(path: string): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    await this.page.screenshot({ path, animations: "disabled" }); // what fades away is gone
  }

  /** What the page has written to its console so far. */
  consoleText(): string {
    return `${this.#console.join("\n")}\n`;
  }

  /** Tries `attempt` again until it succeeds. */
  async #until(what: string, attempt: () => Promise<void>, within = patience): Promise<void> {
    for (const deadline = Date.now() + within; ; ) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() > deadline || this.page.isClosed()) throw new Error(`Waited in vain: ${what}`, { cause: error });
        await this.page.keyboard.press("Escape"); // what the attempt left open
      }
    }
  }
}

/** Saves a screenshot and the console of every open window under `.vscode-test/failures/`; returns the screenshots' paths. */
export async function saveFailure(title: string): Promise<string[]> {
  const name = title.replace(/[^\w]+/g, "-").slice(0, 100);
  const saved: string[] = [];
  for (const [number, workbench] of [...openWindows].entries()) {
    if (workbench.page.isClosed()) continue;
    const path = join(cacheDir, "failures", `${name}-${number + 1}.png`);
    await workbench.screenshot(path);
    writeFileSync(path.replace(/png$/, "log"), workbench.consoleText());
    saved.push(path);
  }
  return saved;
}

/** A string for a CSS attribute selector. */
function quote(text: string): string {
  return JSON.stringify(text);
}
