import assert from "node:assert/strict";
import { once } from "node:events";
import { statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { TurnAnswer, TurnQuestion } from "../../src/protocol/assistants.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import { connected, kill, type Run, TestMachine, until } from "./fixtures/machine.ts";
import { hookEvent, runHook } from "./support/hooks.ts";
import { otlp, send } from "./support/telemetry.ts";

const MODEL = "claude-sonnet-4.5";
/** A budget of which a turn takes more than a quarter, so that it is asked about. */
const PREFERENCES = {
  refreshPrices: false,
  plans: [],
  budgets: [{ limit: "1", unit: "usd" as const, period: "month" as const }],
};

/** A window that is asked, and whose person answers when the test says so. */
class AskedWindow {
  readonly client: DaemonClient;
  private arrived = Promise.withResolvers<TurnQuestion>();
  private answer = Promise.withResolvers<TurnAnswer>();
  /** Resolves when a question was taken back. */
  readonly takenBack = Promise.withResolvers<void>();

  constructor(machine: TestMachine) {
    this.client = machine.client();
    this.client.onWork = (folder) => ({ workspace: `at ${folder}` });
    this.client.onAsk = (question, signal) => {
      signal.addEventListener("abort", () => this.takenBack.resolve());
      this.arrived.resolve(question);
      return this.answer.promise;
    };
  }

  async open(folder: string, focused = true): Promise<this> {
    await connected(this.client);
    await this.client.configure(PREFERENCES);
    await this.client.window({ folders: [folder], focused });
    return this;
  }

  async asked(): Promise<TurnQuestion> {
    const question = await this.arrived.promise;
    this.arrived = Promise.withResolvers();
    return question;
  }

  say(answer: TurnAnswer): void {
    this.answer.resolve(answer);
    this.answer = Promise.withResolvers();
  }

  get running(): number | undefined {
    return this.client.state?.assistants[0]?.running;
  }

  async spent() {
    const { rows } = await this.client.history(1);
    return {
      calls: rows.reduce((sum, { requests }) => sum + requests, 0),
      uncertain: rows.reduce((sum, row) => sum + row.uncertain, 0),
    };
  }
}

describe("agent hooks and telemetry, in processes of their own", function () {
  this.timeout(60_000);
  let machine: TestMachine;
  let window: AskedWindow;
  beforeEach(async () => {
    machine = new TestMachine();
    window = await new AskedWindow(machine).open("/projects/ferry");
    await ended(runHook(machine, hookEvent("SessionStart", "s", { source: "new", model: MODEL })));
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") console.error(machine.log());
    await machine.close();
  });

  const prompt = () =>
    runHook(machine, hookEvent("UserPromptSubmit", "s", { prompt: "Sail.", timestamp: String(Math.random()) }));

  async function ended(run: Run): Promise<{ code: number | string; said: Record<string, unknown> }> {
    const code = await run.ended;
    assert.equal(run.err, "");
    return { code, said: run.out === "" ? {} : JSON.parse(run.out) };
  }

  /** A prompt that was asked about and sent. */
  async function sent(): Promise<void> {
    const run = prompt();
    await window.asked();
    window.say({ choice: "send" });
    assert.deepEqual(await ended(run), { code: 0, said: {} });
  }

  it("asks in the window, waits, sends, and settles what is reported; stops on a no", async () => {
    const run = prompt();
    const { kind, ref } = await window.asked();
    assert.deepEqual([kind, ref], ["prompt", { provider: "copilot", model: "claude-sonnet-4-5" }]);
    assert.equal(run.out, "");
    window.say({ choice: "send" });
    assert.deepEqual(await ended(run), { code: 0, said: {} });
    const { url } = await window.client.telemetry();
    assert.equal(await send(url, otlp([{ session: "s", model: MODEL, input: 20_000, output: 500 }])), 200);
    await until(window.client, () => window.client.state?.allowances[0]?.spend === "0.0675");
    await ended(runHook(machine, hookEvent("Stop", "s")));
    const status = machine.run("src/main/cli.ts", ["status"]);
    await status.ended;
    assert.match(status.out, /\nCopilot Chat +asked before it is sent +100% of what was spent lately\n/);
    const no = prompt();
    await window.asked();
    window.say({ choice: "stop" });
    const { said } = await ended(no);
    assert.equal(said.decision, "block");
    assert.deepEqual((await window.client.verify()).differences, []);
    assert.deepEqual(await window.spent(), { calls: 1, uncertain: 0 });
    const { rows } = await window.client.history(1);
    assert.equal(rows[0]?.workspace, "at /projects/ferry");
  });

  it("asks again, and holds once, when the daemon is killed during the question", async () => {
    const run = prompt();
    await window.asked();
    const before = machine.daemon();
    kill(before);
    await window.asked();
    window.say({ choice: "send" });
    assert.deepEqual(await ended(run), { code: 0, said: {} });
    assert.notEqual(machine.daemon(), before);
    await until(window.client, () => window.running === 1);
    assert.deepEqual((await window.client.verify()).differences, []);
    const { held, spend } = window.client.state!.allowances[0]!;
    assert.ok(Number(held) > 0.3 && Number(held) < 0.6 && spend === "0", `${held} is held`);
  });

  it("takes the question back and holds nothing when the hook is killed while it waits", async () => {
    const run = prompt();
    await window.asked();
    run.child.kill("SIGKILL");
    await window.takenBack.promise;
    await run.ended;
    assert.deepEqual([window.running, window.client.state!.allowances[0]!.held], [0, "0"]);
  });

  it("asks in the window that has the folder, and in the next when that is closed", async () => {
    const other = await new AskedWindow(machine).open("/elsewhere");
    const run = prompt();
    await window.asked();
    window.client.dispose();
    await other.asked();
    other.say({ choice: "send" });
    assert.deepEqual(await ended(run), { code: 0, said: {} });
  });

  it("charges a turn once that was open when the daemon was killed, whatever is reported of it later", async () => {
    await sent();
    const begun = Date.now();
    const { url } = await window.client.telemetry();
    await until(window.client, () => Number(window.client.state!.allowances[0]!.held) > 0);
    const held = Number(window.client.state!.allowances[0]!.held);
    assert.equal(await send(url, otlp([{ session: "s", model: MODEL, input: 10_000 }])), 200);
    await until(window.client, () => window.client.state!.allowances[0]!.spend === "0.03");
    kill(machine.daemon());
    await until(window.client, () => window.client.link.phase === "connecting");
    await connected(window.client);
    assert.deepEqual(await window.spent(), { calls: 2, uncertain: 1 });
    const spend = Number(window.client.state!.allowances[0]!.spend);
    assert.ok(
      Math.abs(spend - held) < 0.0001,
      `what was left of $${held} is charged, besides what was reported: $${spend} in all`,
    );
    const again = await window.client.telemetry();
    assert.equal(again.url, url, "reports find the next daemon at the same place");
    const late = { session: "s", model: MODEL, input: 1_000, responseId: "late", at: begun };
    const next = { session: "s", model: MODEL, input: 2_000, at: Date.now() + 1_000 };
    assert.equal(await send(url, otlp([late, next, late])), 200);
    await until(window.client, () => Number(window.client.state!.allowances[0]!.spend) > 0.4);
    while ((await window.spent()).calls < 3) await once(new EventTargetOf(window.client), "change");
    assert.deepEqual(await window.spent(), { calls: 3, uncertain: 1 });
    assert.deepEqual((await window.client.verify()).differences, []);
  });

  it("listens at another port where its own is taken, and says so", async () => {
    const { url } = await window.client.telemetry();
    const port = Number(new URL(url).port);
    window.client.dispose(); // so that nobody starts another one before the port is taken
    kill(machine.daemon());
    const thief = await listeningAt(port);
    window = await new AskedWindow(machine).open("/projects/ferry");
    await until(window.client, () => (window.client.state?.assistants[0]?.telemetryPort ?? port) !== port);
    const moved = await window.client.telemetry();
    thief.close();
    assert.equal(new URL(moved.url).pathname, new URL(url).pathname);
    assert.equal(await send(moved.url, otlp([])), 200);
    assert.match(machine.log(), new RegExp(`port ${port} is taken`));
  });

  it("keeps its secret to its owner, and answers nobody who does not know it", async () => {
    const { url } = await window.client.telemetry();
    assert.equal(statSync(machine.path("telemetry.json")).mode & 0o777, 0o600);
    const { origin, pathname } = new URL(url);
    const body = otlp([{ session: "s", model: MODEL, input: 1_000 }]);
    for (const wrong of [origin, `${origin}/${"x".repeat(pathname.length - 1)}`, `${url}x`])
      assert.equal(await send(wrong, body), 404);
    assert.equal((await fetch(`${url}/v1/traces`)).status, 404);
    assert.equal(await send(url, body, { "content-encoding": "gzip" }), 415);
    assert.equal(await send(url, " ".repeat(33 << 20)), 413);
    assert.deepEqual(await window.spent(), { calls: 0, uncertain: 0 });
  });
});

/** A server at a port, as soon as that is free. */
async function listeningAt(port: number): Promise<Server> {
  for (;;) {
    const server = createServer().listen(port, "127.0.0.1");
    const event = await Promise.race([
      once(server, "listening").then(() => "listening"),
      once(server, "error").then(() => "taken"),
    ]).catch(() => "taken");
    if (event === "listening") return server;
  }
}

/** The client's changes as events. */
class EventTargetOf extends EventTarget {
  constructor(client: DaemonClient) {
    super();
    const watching = client.onDidChange(() => {
      watching.dispose();
      this.dispatchEvent(new Event("change"));
    });
  }
}
