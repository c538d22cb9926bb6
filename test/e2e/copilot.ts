import { readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { sampleSettings } from "../../sample/sample.ts";
import { root } from "../../scripts/root.ts";
import { figuresOf } from "../../src/budget/allowance/allowance.ts";
import { parseAmount } from "../../src/budget/money.ts";
import { createDaemonClient } from "../../src/daemon/client/client.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import type { State } from "../../src/protocol/daemon.ts";
import { type CopilotModel, type Served, startCopilotModel } from "./copilotModel.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { startTeam, type Team } from "./team.ts";

/** What a token costs: input, read from the cache, output; in nano-USD, and as the policy says it for a million. */
const PRICE = { input: 15_000n, cached: 1_500n, output: 75_000n };
const PRICES = [
  { model: "stand-in-*", input: "15", output: "75", cacheRead: "1.5" },
  { model: "demo/demo-small", input: "0.15", output: "0.60", cacheRead: "0.075" },
];

/** OpenTelemetry's own setting (ms): what a turn has used is reported every half second, not every five as by default. */
const HASTY_TELEMETRY = { OTEL_BSP_SCHEDULE_DELAY: "500" };

/** The one model of the stand-in. */
export const MODEL = "stand-in-large";

/**
 * A team's developer with the editor's own assistant, with its own hooks and telemetry; its models alone are stood in for. The daemon is looked
 * at by a client of the test's own: what has happened is read there, not from the window.
 */
export class CopilotTest {
  readonly team: Team;
  readonly model: CopilotModel;
  readonly editor: TestEditor;
  #daemon: DaemonClient | undefined;

  private constructor(team: Team, model: CopilotModel, editor: TestEditor) {
    this.team = team;
    this.model = model;
    this.editor = editor;
  }

  static async start(): Promise<CopilotTest> {
    const team = await startTeam();
    await team.pushPolicy(rules());
    const model = await startCopilotModel([MODEL], () => join(editor.workspace, "README.md"));
    const editor: TestEditor = await startEditor({
      chatModels: [model.group],
      settings: sampleSettings({ endpointUrl: team.endpointUrl, modelUrl: team.modelUrl }),
      env: { TOKEN_BUDGET_TOKEN: team.people.healthy.token, ...HASTY_TELEMETRY },
    });
    return new CopilotTest(team, model, editor);
  }

  async close(): Promise<void> {
    this.#daemon?.dispose();
    await this.editor.close();
    await this.model.close();
    await this.team.close();
  }

  get window() {
    return this.editor.window;
  }

  /** A daemon that this client starts ends soon after the editor. */
  get daemon(): DaemonClient {
    this.#daemon ??= createDaemonClient({
      ...{ stateDirectory: this.editor.stateDir, kind: "cli", version: "0.1.0", log: () => {} },
      ...{ daemonScript: join(root, "dist", "daemon.cjs"), env: { ...process.env, TOKEN_BUDGET_LINGER_MS: "1000" } },
    });
    return this.#daemon;
  }

  /** The process that serves now. */
  get daemonProcess(): number {
    return Number(/^\d+/.exec(readlinkSync(join(this.editor.stateDir, "daemon.lock")))![0]);
  }

  /** Guards Copilot Chat by the command. */
  async guard(): Promise<void> {
    await this.window.runCommand("Token Budget: Guard Copilot Chat…");
    await this.window.pick("Guard Copilot Chat");
    await this.window.notification("you are asked before an expensive prompt is sent").waitFor();
  }

  /** Loads the window anew, after which Copilot Chat's reports come. */
  async reload(): Promise<void> {
    const loaded = this.window.page.waitForEvent("load");
    await this.window.clickNotificationButton("you are asked before", "Reload Window");
    await loaded;
    await this.window.openChat();
    await this.window.chooseChatModel(MODEL);
  }

  /** Waits for the answer to the last prompt. */
  async answered(): Promise<void> {
    await this.window
      .chatAnswer()
      .getByText(/Answer \d+\./)
      .last()
      .waitFor();
  }

  question(text: string | RegExp): Locator {
    return this.window.dialog().filter({ hasText: text });
  }

  /** How many requests of the chat's own were served: the editor asks for titles whatever becomes of the prompt. */
  get asked(): number {
    return this.model.served.filter(({ isUtility }) => !isUtility).length;
  }

  get blocked(): Locator {
    return this.window.chatAnswer().getByText("Blocked by User Prompt Submit hook");
  }

  /** Waits until the daemon's state is so. */
  async until(isSo: (state: State) => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        const listening = this.daemon.onDidChange(() => {
          listening.dispose();
          resolve();
        });
      });
      if (this.daemon.state && (await isSo(this.daemon.state))) return;
      await changed;
    }
  }

  /** Waits until no turn runs, and the ledger has booked for Copilot Chat what its models have served, nothing more, and holds nothing. */
  async settled(): Promise<void> {
    await this.until(
      async ({ allowances, assistants }) =>
        assistants.every(({ running }) => running === 0) &&
        (await this.#booked()) === costOf(this.model.served) &&
        allowances.every((one) => figuresOf(one).used === parseAmount(one.spend)),
    );
  }

  /** Waits until all that was served so far is booked. */
  async booked(): Promise<void> {
    const cost = costOf(this.model.served);
    await this.until(async () => (await this.#booked()) >= cost);
  }

  async #booked(): Promise<bigint> {
    const { rows } = await this.daemon.history(2);
    return rows.filter(({ origin }) => origin === "copilot").reduce((sum, { cost }) => sum + parseAmount(cost), 0n);
  }

  /** Puts other rules in force, and waits until they are on this machine. */
  async push(changes: Record<string, unknown>): Promise<void> {
    await this.until(() => true);
    const { version } = this.daemon.state!.policy;
    await this.team.pushPolicy(rules(changes));
    await this.until(({ policy }) => policy.version > version);
  }
}

function rules(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { prices: PRICES, confirm: { cost: "0.01" }, block: {}, ...changes };
}

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
