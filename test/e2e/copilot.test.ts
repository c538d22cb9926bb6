import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleSettings } from "../../sample/sample.ts";
import { root } from "../../scripts/root.ts";
import { figuresOf } from "../../src/budget/allowance.ts";
import { parseAmount } from "../../src/budget/money.ts";
import { createDaemonClient } from "../../src/daemon/client/client.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import type { State } from "../../src/protocol/daemon.ts";
import { type CopilotModel, type Served, startCopilotModel } from "./copilotModel.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { startTeam, type Team } from "./team.ts";

/** Nano-USD for a token: input, read from the cache, output. */
const PRICE = { input: 15_000n, cached: 1_500n, output: 75_000n };
const PRICES = [{ model: "stand-in-*", input: "15", output: "75", cacheRead: "1.5" }];

/**
 * The editor's own assistant, with its own hooks and telemetry; its models alone are stood in for. One window and one chat all along, as a person
 * has them.
 */
describe("Copilot Chat under guard", function () {
  this.timeout(240_000);
  let team: Team;
  let model: CopilotModel;
  let editor: TestEditor;
  let daemon: DaemonClient;
  const rules = (changes: Record<string, unknown> = {}) => ({ prices: PRICES, confirm: { cost: "0.01" }, ...changes });
  const hooks = (name = "token-budget.json") => join(editor.home, ".copilot", "hooks", name);
  const settings = () => JSON.parse(readFileSync(join(editor.server.dataDir, "data", "User", "settings.json"), "utf8"));
  const question = (text: string | RegExp) => editor.window.dialog().filter({ hasText: text });
  const answered = () =>
    editor.window
      .chatAnswer()
      .getByText(/Answer \d+\./)
      .last()
      .waitFor();
  /** How many requests of the chat's own were served: the editor asks for titles whatever becomes of the prompt. */
  const asked = () => model.served.filter(({ isUtility }) => !isUtility).length;
  const blocked = () => editor.window.chatAnswer().getByText("Blocked by User Prompt Submit hook");

  before(async () => {
    team = await startTeam();
    await team.pushPolicy(rules());
    model = await startCopilotModel(["stand-in-large"], () => join(editor.workspace, "README.md"));
    editor = await startEditor({
      chatModels: [model.group],
      settings: sampleSettings({ endpointUrl: team.endpointUrl, modelUrl: team.modelUrl }),
      env: { TOKEN_BUDGET_TOKEN: team.people.healthy.token },
    });
    mkdirSync(join(editor.home, ".copilot", "hooks"), { recursive: true });
    writeFileSync(hooks("other.json"), '{"version":1,"hooks":{}}');
  });

  after(async () => {
    daemon?.dispose();
    await editor?.close();
    await model?.close();
    await team?.close();
  });

  /** Waits until the daemon's state is so. */
  async function until(isSo: (state: State) => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        const listening = daemon.onDidChange(() => {
          listening.dispose();
          resolve();
        });
      });
      if (daemon.state && (await isSo(daemon.state))) return;
      await changed;
    }
  }

  /** Waits until the ledger has booked for Copilot Chat what the models' server says that it served, and holds nothing more. */
  async function ledgerEqualsServed(): Promise<void> {
    await until(async ({ allowances }) => {
      const { rows } = await daemon.history(2);
      const booked = rows.filter(({ origin }) => origin === "copilot").reduce((sum, { cost }) => sum + parseAmount(cost), 0n);
      return booked === costOf(model.served) && allowances.every((one) => figuresOf(one).used === parseAmount(one.spend));
    });
  }

  it("is offered once where Copilot Chat is in use, quietly", async () => {
    await editor.window.enableChat("stand-in-large");
    const hover = await editor.window.hoverStatusItem("tokenBudget.meter");
    await hover.getByText("Copilot Chat sends without asking here.").waitFor();
    await hover.getByText("Guard It…").click();
    await editor.window.quickInput.getByText("Not Now").waitFor();
  });

  it("shows all that it would write, and writes nothing without a yes", async () => {
    await editor.window.page.locator(".view-line").filter({ hasText: "UserPromptSubmit" }).first().waitFor();
    await editor.window.pick("Not Now");
    await editor.window.quickInput.waitFor({ state: "hidden" });
    assert.equal(existsSync(hooks()), false);
    assert.equal(Object.keys(settings()).filter((name) => name.includes("otel")).length, 0);
  });

  it("writes, proves that the hook runs, says what is covered, and is whole once the window is loaded anew", async () => {
    await editor.window.runCommand("Token Budget: Guard Copilot Chat…");
    await editor.window.pick("Guard Copilot Chat");
    await editor.window.notification("you are asked before an expensive prompt is sent").waitFor();
    assert.match(readFileSync(hooks(), "utf8"), /"UserPromptSubmit"/);
    assert.match(settings()["github.copilot.chat.otel.otlpEndpoint"], /^http:\/\/127\.0\.0\.1:\d+\//);
    const loaded = editor.window.page.waitForEvent("load");
    await editor.window.clickNotificationButton("you are asked before", "Reload Window");
    await loaded;
    await editor.window.openChat();
    await editor.window.chooseChatModel("stand-in-large");
    daemon = createDaemonClient({
      ...{ stateDirectory: editor.stateDir, kind: "cli", version: "0.1.0", log: () => {} },
      daemonScript: join(root, "dist", "daemon.cjs"),
    });
  });

  it("asks before a prompt that may cost much, sends it after a yes, and books what it used", async () => {
    await editor.window.sendChatMessage("Where does the ferry go?");
    await question("Send this prompt to stand-in-large in Copilot Chat?").waitFor();
    assert.equal(asked(), 0);
    await editor.window.clickDialogButton("Send");
    await answered();
    await ledgerEqualsServed();
  });

  it("does not send after a no, and says what stays behind", async () => {
    const before = asked();
    await editor.window.sendChatMessage("And who pays for it?");
    await question("its text stays in this session").waitFor();
    await editor.window.clickDialogButton("Don't Send");
    await blocked().click();
    await editor.window.chatAnswer().getByText("You chose not to send it").waitFor();
    assert.equal(asked(), before);
  });

  it("goes by the policy in force when the answer comes, not by that of the question", async () => {
    const before = asked();
    await editor.window.sendChatMessage("Does it take cars?");
    await question("Send this prompt").waitFor();
    await push({ block: { cost: "0.01" } });
    await editor.window.clickDialogButton("Send");
    await blocked().waitFor();
    assert.equal(asked(), before);
  });

  it("is stopped by the policy without a question, with the reason and a way out", async () => {
    const before = asked();
    await editor.window.sendChatMessage("Does it take dogs?");
    await blocked().click();
    await editor.window.chatAnswer().getByText("Token Budget: not sent.").waitFor();
    assert.equal(asked(), before);
  });

  it("is taken back without a trace, and other hooks stay", async () => {
    await editor.window.runCommand("Token Budget: Unguard Copilot Chat");
    await editor.window.notification("not guarded any more").waitFor();
    assert.equal(existsSync(hooks()), false);
    assert.ok(existsSync(hooks("other.json")));
    assert.equal(Object.keys(settings()).filter((name) => name.includes("otel")).length, 0);
  });

  /** Puts other rules in force, and waits until they are on this machine. */
  async function push(changes: Record<string, unknown>): Promise<void> {
    const { version } = daemon.state!.policy;
    await team.pushPolicy(rules(changes));
    await until(({ policy }) => policy.version > version);
  }
});

function costOf(served: readonly Served[]): bigint {
  return served.reduce((sum, { usage }) => {
    const [input, cached, output] = [usage.input - usage.cached, usage.cached, usage.output].map(BigInt) as [
      bigint,
      bigint,
      bigint,
    ];
    return sum + input * PRICE.input + cached * PRICE.cached + output * PRICE.output;
  }, 0n);
}
