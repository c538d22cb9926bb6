import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineAllowance } from "../../src/budget/allowance/allowance.ts";
import { inEnglish } from "../../src/budget/message.ts";
import type { AskWindow } from "../../src/daemon/service.ts";
import type { HookAnswer, Refusal, TurnAnswer, TurnQuestion } from "../../src/protocol/assistants.ts";
import type { State } from "../../src/protocol/daemon.ts";
import { type Machine, request, startBudget, type TestBudget } from "./support/budget.ts";
import { hookEvent } from "./support/hooks.ts";
import { otlp, PROMPT, type Reported, send } from "./support/telemetry.ts";

/** The model of all tests: $1 for a million tokens in, $10 out. */
const MODEL = "one";
const PRICES = [
  { model: "copilot/one", input: "1", output: "10" },
  { model: "copilot/small", input: "0.1", output: "1" },
];
const ALLOWANCE = { id: "month", name: "Your month", limit: "10" };

/** A person's day with Copilot Chat, as hooks and telemetry tell it. */
class Chat {
  readonly machine: Machine;
  readonly questions: TurnQuestion[] = [];
  /** What the person was told, and where. */
  readonly told: { refusal: Refusal; cwd: string }[] = [];
  /** What the person says next; by default nothing. */
  answers: (TurnAnswer | ((question: TurnQuestion) => Promise<TurnAnswer>))[] = [];
  private url: string | undefined;

  constructor(machine: Machine) {
    this.machine = machine;
    const ask: AskWindow = async (question, _cwd, signal) => {
      this.questions.push(question);
      const next = this.answers.shift() ?? { choice: "stop" };
      if (typeof next !== "function") return next;
      const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      return Promise.race([next(question), aborted]);
    };
    machine.service.useAsker(ask, { tell: async (refusal, cwd) => void this.told.push({ refusal, cwd }) });
  }

  async hook(name: string, session: string, more: object = {}, signal = new AbortController().signal): Promise<HookAnswer> {
    const event = hookEvent(name, session, { timestamp: randomUUID(), ...more });
    return this.machine.service.hook({ id: randomUUID(), input: JSON.stringify(event), cwd: "/ferry" }, signal);
  }

  prompt(session: string, signal?: AbortSignal): Promise<HookAnswer> {
    return this.hook("UserPromptSubmit", session, { prompt: PROMPT }, signal);
  }

  tool(session: string, more: object = {}): Promise<HookAnswer> {
    return this.hook("PreToolUse", session, { tool_name: "read_file", tool_use_id: randomUUID(), ...more });
  }

  /** Reports calls, and resolves when so many entries more are in the ledger. */
  async report(calls: Reported[], entries = calls.length): Promise<void> {
    this.url ??= (await this.machine.service.telemetry()).url;
    const before = await this.count();
    assert.equal(await send(this.url, otlp(calls.map((call) => ({ model: MODEL, ...call })))), 200);
    while ((await this.count()) < before + entries) await this.changed();
  }

  changed(): Promise<void> {
    return new Promise((resolve) => {
      const listening = this.machine.service.onDidChange(() => {
        listening.dispose();
        resolve();
      });
    });
  }

  async count(): Promise<number> {
    return (await this.rows()).reduce((sum, { requests }) => sum + requests, 0);
  }

  async rows() {
    return (await this.machine.service.history(1)).rows;
  }

  async spent(): Promise<number> {
    return (await this.rows()).reduce((sum, { cost }) => sum + Number(cost), 0);
  }

  /** What is spent and held together (USD), by the machine's own figures. */
  used(state = this.machine.service.state()): number {
    const [{ spend, held, ownFree }] = state.allowances as [MachineAllowance];
    return Number((Number(spend) + Number(held) - Number(ownFree)).toFixed(6));
  }

  /** Resolves when the turn is over and nothing is held for it any more. */
  async over(session: string): Promise<void> {
    await this.hook("Stop", session);
    const spent = Number((await this.spent()).toFixed(6));
    await this.machine.until((state) => state.assistants[0]?.running === 0 && this.used(state) === spent);
  }
}

function reasonOf({ stdout }: HookAnswer): string {
  const { decision, reason } = JSON.parse(stdout ?? "{}");
  return decision === "block" ? reason : "";
}

describe("a turn of the editor's own assistant", () => {
  let budget: TestBudget;
  let machine: Machine;
  let chat: Chat;
  const start = async (policy: object = {}, times = { reports: 1, lateReports: 1 }) => {
    budget = await startBudget({ prices: PRICES, allowances: [ALLOWANCE], confirm: { cost: "0.5" }, ...policy });
    machine = await budget.machine(undefined, { turnTimes: times });
    await machine.signIn();
    chat = new Chat(machine);
    await chat.hook("SessionStart", "s", { source: "new", model: MODEL });
  };
  afterEach(async function () {
    if (this.currentTest?.state === "failed") console.error(machine.log.slice(-5));
    await budget.close();
  });

  it("goes without a word below the team's threshold, held before it goes, and settles call by call", async () => {
    await start({ confirm: { cost: "1" } });
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    const held = chat.used();
    assert.ok(held > 0.1 && held < 0.3, `${held} is held`);
    assert.equal(machine.service.state().assistants[0]?.running, 1);
    await chat.report([{ session: "s", input: 20_000, output: 1_000 }]);
    await chat.report([
      { session: "s", input: 21_000, cached: 20_000, output: 500 },
      { input: 300, output: 20 },
    ]);
    const spent = 0.03 + 0.026 + 0.0005;
    assert.equal((await chat.spent()).toFixed(6), spent.toFixed(6));
    assert.ok(Math.abs(chat.used() - held) < 0.00001, "calls are drawn from the hold");
    await chat.over("s");
    assert.deepEqual(await machine.service.verify().then(({ differences }) => differences), []);
    await machine.service.refresh();
    const books = await budget.books();
    assert.ok(books);
    assert.equal(Number((await budget.me()).allowances[0]!.spend).toFixed(6), spent.toFixed(6));
  });

  it("is booked once, however often it is reported, and what its turns repeat is not counted", async () => {
    await start({ confirm: { cost: "1" } });
    await chat.prompt("s");
    const calls = [{ session: "s", input: 1_000, output: 100, responseId: "r1" }];
    await chat.report([...calls, ...calls, { session: "s", input: 1_000, output: 100, operation: "invoke_agent" }], 1);
    await chat.report([...calls, { session: "s", input: 500, output: 50, responseId: "r2" }], 1);
    assert.equal((await chat.spent()).toFixed(6), "0.003000");
  });

  it("asks once, says what it starts at and usually comes to, and sends on a yes", async () => {
    await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }];
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, 1);
    const [{ kind, lines, reasons, cost, modelKnown }] = chat.questions as [TurnQuestion];
    assert.deepEqual([kind, modelKnown, reasons.map(({ code }) => code)], ["prompt", true, ["aboveConfirm"]]);
    assert.match(lines[0]!.template, /starts around \{0\}, and such turns usually come to/);
    assert.ok(Number(cost.start) < Number(cost.likely) && Number(cost.likely) < Number(cost.high));
  });

  it("does not send on a no, and says what stays behind; nothing is held then", async () => {
    await start({ confirm: { cost: "0.1" } });
    assert.match(reasonOf(await chat.prompt("s")), /You chose not to send it.*begin a new session/s);
    assert.deepEqual([chat.used(), await chat.count()], [0, 0]);
  });

  it("is blocked by the policy with the reason and the ways out, and nobody is asked", async () => {
    await start({ block: { cost: "0.05" } });
    const reason = reasonOf(await chat.prompt("s"));
    assert.match(reason, /requests above \$0\.05 are stopped.*Ask for More….*begin a new session/s);
    assert.deepEqual([chat.questions.length, chat.used()], [0, 0]);
  });

  it("is told of in the window when it is blocked, once, with the reasons and what helps; not when the person said no", async () => {
    await start({ block: { cost: "0.05" } });
    const twice = { prompt: PROMPT, timestamp: "2026-11-28T08:00:00.000Z" };
    await Promise.all([chat.hook("UserPromptSubmit", "s", twice), chat.hook("UserPromptSubmit", "s", twice)]);
    assert.equal(chat.told.length, 1);
    const { refusal, cwd } = chat.told[0]!;
    assert.deepEqual(
      [cwd, refusal.reasons.map(({ code }) => code), refusal.mayAskForMore],
      ["/projects/ferry", ["aboveBlock"], true],
    );
    assert.ok(refusal.kind === "prompt" && Number(refusal.high) > 0.05);
    await budget.pushPolicy({ prices: PRICES, confirm: { cost: "0.05" } });
    await machine.service.refresh();
    await chat.prompt("s"); // nobody says anything, which is a no
    assert.deepEqual([chat.questions.length, chat.told.length], [1, 1]);
    machine.service.useAsker(async () => "late", { tell: async (late) => void chat.told.push({ refusal: late, cwd: "" }) });
    await chat.prompt("s");
    assert.match(inEnglish(chat.told[1]!.refusal.reasons[0]!.text), /Nobody has answered/);
  });

  it("is blocked by what its workspace asks for, too, which another workspace's turns are not", async () => {
    await start({ confirm: {} });
    machine.service.useAsker(async () => "nobody", {
      rulesIn: async (cwd) => (cwd === "/projects/ferry" ? { block: { cost: "0.05" } } : undefined),
    });
    assert.match(reasonOf(await chat.prompt("s")), /requests above \$0\.05 are stopped/);
    machine.service.useAsker(async () => "nobody");
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
  });

  it("is blocked where the money is gone, whatever this machine believed", async () => {
    await start({ allowances: [{ ...ALLOWANCE, limit: "0.05" }], confirm: {} });
    assert.match(reasonOf(await chat.prompt("s")), /has only \$0\.05 left/);
  });

  it("is not asked about again in a session below what the person said", async () => {
    await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send", notBelow: "5" }];
    await chat.prompt("s");
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, 1);
    await chat.prompt("other");
    assert.equal(chat.questions.length, 2);
  });

  it("is refused where nobody can be asked, or let go where the policy says so", async () => {
    await start({ confirm: { cost: "0.1" } });
    machine.service.useAsker(async () => "nobody");
    assert.match(reasonOf(await chat.prompt("s")), /no window is open to ask in/);
    machine.service.useAsker(async () => "late");
    assert.match(reasonOf(await chat.prompt("s")), /Nobody has answered.*in time/);
    await budget.pushPolicy({ prices: PRICES, confirm: { cost: "0.1" }, assistants: { unattended: "allow" } });
    await machine.service.refresh();
    machine.service.useAsker(async () => "nobody");
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
  });

  it("is asked about once when its hook stands in two files, and twice when it is sent twice", async () => {
    await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }, { choice: "send" }];
    const twice = { prompt: PROMPT, timestamp: "2026-11-28T08:00:00.000Z" };
    await Promise.all([chat.hook("UserPromptSubmit", "s", twice), chat.hook("UserPromptSubmit", "s", twice)]);
    assert.equal(chat.questions.length, 1);
    await chat.prompt("s");
    assert.equal(chat.questions.length, 2);
  });

  it("holds and asks for two sessions apart", async () => {
    await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }, { choice: "stop" }];
    const [one, other] = await Promise.all([chat.prompt("s"), chat.prompt("t")]);
    assert.deepEqual([one.stdout, reasonOf(other) !== ""], [undefined, true]);
    assert.ok(chat.used() > 0.1 && chat.used() < 0.3);
  });

  it("gives its hold back when the hook goes away while the person is asked", async () => {
    await start({ confirm: { cost: "5" } });
    await chat.report([{ session: "s", input: 400_000, at: Date.now() - 2 * 3_600_000 }]); // $0.40, and cold by now
    const hook = new AbortController();
    const asked = Promise.withResolvers<void>();
    chat.answers = [
      () => {
        asked.resolve();
        return new Promise(() => {});
      },
    ];
    const answer = chat.prompt("s", hook.signal);
    await asked.promise;
    assert.ok(chat.used() > 0.8, "held while the person thinks");
    hook.abort();
    assert.deepEqual(await answer, { exitCode: 0 });
    assert.deepEqual([chat.used(), machine.service.state().assistants[0]?.running], [0.4, 0]);
  });

  it("goes by the rules that hold when the person has answered", async () => {
    await start({ confirm: { cost: "0.1" } });
    chat.answers = [
      async () => {
        await budget.pushPolicy({ prices: PRICES, allowances: [ALLOWANCE], block: { cost: "0.05" } });
        await machine.service.refresh();
        return { choice: "send" };
      },
    ];
    assert.match(reasonOf(await chat.prompt("s")), /are stopped/);
    assert.equal(chat.used(), 0);
  });

  it("is asked about between tools once it has used up what it was let go for, and may be stopped or go on to an amount", async () => {
    await start({ confirm: { cost: "0.3" } });
    await chat.prompt("s");
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 200_000, output: 10_000 }]); // $0.30
    chat.answers = [{ choice: "sendUpTo", amount: "0.5" }];
    const both = await Promise.all([chat.tool("s"), chat.tool("s")]);
    assert.deepEqual(both, [{ exitCode: 0 }, { exitCode: 0 }]);
    assert.deepEqual([chat.questions.length, chat.questions[0]?.kind, chat.questions[0]?.spent], [1, "running", "0.3"]);
    assert.ok(Math.abs(chat.used() - 0.5) < 0.001, `what it may go on to is held: ${chat.used()}`);
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 250_000 }]);
    const { stdout } = await chat.tool("s");
    const said = JSON.parse(stdout!);
    assert.deepEqual([said.continue, said.hookSpecificOutput.permissionDecision], [false, "deny"]);
    assert.match(said.stopReason, /stopped this turn, which has used \$0\.55/);
    assert.equal((await chat.tool("s")).stdout, stdout);
    assert.equal(chat.questions.length, 2);
  });

  it("is asked about for as long as the rules let it go on at all, and stopped without a word where they do not", async () => {
    await start({ confirm: { cost: "0.3" }, block: { cost: "0.5" } });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 400_000 }]);
    chat.answers = [{ choice: "send" }];
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    const [{ kind, cost }] = chat.questions as [TurnQuestion];
    assert.equal(kind, "running");
    assert.ok(Number(cost.high) > 0.4 && Number(cost.high) <= 0.5, `${cost.high} is asked for`);
    await chat.report([{ session: "s", input: 110_000 }]);
    assert.match(JSON.parse((await chat.tool("s")).stdout!).stopReason, /requests above \$0\.50 are stopped/);
    assert.deepEqual([chat.questions.length, chat.told.length], [1, 1]);
    const { kind: told, reasons } = chat.told[0]!.refusal;
    assert.deepEqual([told, reasons[0]?.code], ["turn", "aboveBlock"]); // so that its window ends it: the model would be called again
  });

  it("is over as soon as it is stopped: no tool of it runs, nothing stays held, and what it had called is booked once", async () => {
    await start({ confirm: { cost: "0.3" } });
    await chat.prompt("s");
    await chat.hook("PreToolUse", "s", { tool_name: "runSubagent", tool_use_id: "1", tool_input: { prompt: "Help." } });
    await chat.report([{ session: "s", input: 300_000, output: 10_000 }]);
    const { stdout } = await chat.tool("s");
    const { stopReason } = JSON.parse(stdout!);
    assert.equal(machine.service.state().assistants[0]?.running, 0);
    await machine.until((state) => chat.used(state) === 0.4);
    // The editor may not have cancelled it: it goes on, and so does its sub-agent.
    await chat.prompt("other");
    assert.equal((await chat.tool("s")).stdout, stdout);
    assert.equal(reasonOf(await chat.hook("UserPromptSubmit", "s", { prompt: "Help." })), stopReason);
    const late = { session: "s", input: 50_000, responseId: "late" };
    await chat.report([late, late], 1);
    await chat.report([late, { session: "s", input: 10_000 }], 1);
    assert.equal((await chat.spent()).toFixed(6), "0.460000");
    assert.deepEqual(await chat.tool("other"), { exitCode: 0 });
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, 1);
  });

  it("is stopped by an answer that comes after its hook has gone: the window ends the turn before it answers", async () => {
    await start({ confirm: { cost: "0.3" } });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 350_000 }]);
    const hook = new AbortController();
    chat.answers = [
      async () => {
        hook.abort(); // the editor ends it with the turn
        await new Promise(setImmediate);
        return { choice: "stop" };
      },
    ];
    await chat.hook("PreToolUse", "s", { tool_name: "read_file" }, hook.signal);
    assert.equal(machine.service.state().assistants[0]?.running, 0);
    assert.match(JSON.parse((await chat.tool("s")).stdout!).stopReason, /stopped this turn/);
  });

  it("goes on quietly while the whole of it stays below what is asked about", async () => {
    await start({ confirm: { cost: "5" } });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 300_000 }]);
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, 0);
    assert.ok(chat.used() > 0.35, "the hold has grown");
  });

  it("is stopped where there is no money to go on", async () => {
    await start({ allowances: [{ ...ALLOWANCE, limit: "0.3" }], confirm: {} });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 290_000 }]);
    assert.match(JSON.parse((await chat.tool("s")).stdout!).stopReason, /stopped this turn.*left|used up/);
  });

  it("is asked about before it starts more sub-agents than the policy lets it", async () => {
    await start({ confirm: { cost: "5" }, assistants: { subagents: 2 } });
    await chat.prompt("s");
    const agent = (id: string) => chat.tool("s", { tool_name: "runSubagent", tool_use_id: id });
    assert.deepEqual([await agent("1"), await agent("2"), await agent("2")], [{ exitCode: 0 }, { exitCode: 0 }, { exitCode: 0 }]);
    chat.answers = [{ choice: "send" }];
    assert.deepEqual(await agent("3"), { exitCode: 0 });
    assert.deepEqual([chat.questions[0]?.kind, chat.questions[0]?.reasons[0]?.text.args], ["subagents", ["3", "2"]]);
    assert.deepEqual([await agent("4"), await agent("5")], [{ exitCode: 0 }, { exitCode: 0 }]);
    assert.equal(JSON.parse((await agent("6")).stdout!).continue, false);
  });

  it("goes on through its sub-agents' prompts, which hooks are told like the person's own", async () => {
    await start({ confirm: { cost: "0.001" } });
    chat.answers = [{ choice: "send" }];
    await chat.prompt("s");
    const held = chat.used();
    const told = { tool_name: "runSubagent", tool_input: { description: "look", prompt: "Say hello" } };
    await chat.tool("s", told);
    const subagent = () => chat.hook("UserPromptSubmit", "s", { prompt: "Say hello" });
    assert.deepEqual(await subagent(), { exitCode: 0 });
    assert.deepEqual([chat.questions.length, chat.used(), machine.service.state().assistants[0]?.running], [1, held, 1]);
    await chat.report([{ session: "s", input: 5_000 }]);
    await chat.over("s");
    assert.deepEqual([await chat.count(), await chat.spent()], [1, 0.005]);
    assert.match(reasonOf(await subagent()), /chose not to send/, "the person's own words, once the turn is over");
  });

  it("is asked what it is for where the team wants that said, once in a session, and its calls say it", async () => {
    const purposes = { list: [{ id: "feature", name: "Feature" }], requiredAbove: "0.001" };
    await start({ confirm: {}, purposes });
    chat.answers = [{ choice: "send" }, { choice: "send", purpose: "feature" }];
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.deepEqual(
      chat.questions.map(({ reasons }) => reasons.map(({ code }) => code)),
      [["purposeNeeded"], ["purposeNeeded"]],
      "a yes alone is not enough",
    );
    await chat.report([{ session: "s", input: 5_000 }]);
    await machine.service.refresh();
    const bodies = machine.service.uploads().map(({ body }) => body as { entries?: { purpose?: string }[] });
    assert.deepEqual(
      bodies.flatMap(({ entries = [] }) => entries).map(({ purpose }) => purpose),
      ["feature"],
    );
    await chat.over("s");
    assert.deepEqual([await chat.prompt("s"), chat.questions.length], [{ exitCode: 0 }, 2]);
  });

  it("is for what its window says, calls and all; of that leaves what the policy shares", async () => {
    const work = { project: "fernway/ferry", branch: "ABC-7-lights", issue: "ABC-7", workspace: "Ferry" };
    await start({ confirm: { cost: "1" }, share: { project: true, issue: true } });
    machine.service.useAsker(async () => "nobody", { workIn: async (cwd) => (cwd === "/projects/ferry" ? work : {}) });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 1_000 }]);
    await machine.service.refresh();
    const bodies = machine.service.uploads().map(({ body }) => body as { entries?: object[] } | undefined);
    const [entry] = bodies.flatMap((body) => body?.entries ?? []) as Record<string, unknown>[];
    assert.deepEqual([entry?.project, entry?.issue, entry?.branch], [work.project, work.issue, undefined]);
    assert.equal((await chat.rows())[0]?.workspace, "Ferry");
  });

  it("counts what its sub-agents call", async () => {
    await start({ confirm: { cost: "1" } });
    await chat.prompt("s");
    const held = chat.used();
    await chat.report([{ session: "child", parent: "s", input: 10_000 }]);
    assert.ok(Math.abs(chat.used() - held) < 0.00001, "drawn from the turn's hold");
  });

  it("says what it costs to come back to a session that the cache has forgotten", async () => {
    await start({ confirm: { cost: "5" } });
    await chat.report([{ session: "s", input: 400_000, at: Date.now() - 2 * 3_600_000 }]);
    assert.match(reasonOf(await chat.prompt("s")), /chose not to send/);
    const [{ kind, reasons }] = chat.questions as [TurnQuestion];
    assert.deepEqual([kind, reasons[0]?.code, reasons[0]?.text.args[0]], ["cold", "coldSession", "400k"]);
    assert.equal(chat.used(), 0.4);
    chat.answers = [{ choice: "send" }];
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 400_000 }]);
    await chat.hook("Stop", "s");
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 }); // warm again
    assert.equal(chat.questions.length, 2);
  });

  it("books what is reported after it is over, and what nobody asked about", async () => {
    await start({ confirm: { cost: "1" } });
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 1_000 }]);
    await chat.over("s");
    await chat.report([{ session: "s", input: 2_000 }, { session: "nobody", input: 4_000 }, { input: 8_000 }]);
    assert.equal((await chat.spent()).toFixed(6), "0.015000");
    const ofCopilot = ({ coverage }: State) => coverage.filter(({ source }) => source === "Copilot Chat");
    const shares = ofCopilot(await machine.until((state) => ofCopilot(state).length === 2));
    assert.deepEqual(
      shares.map(({ level, share }) => [level, share?.toFixed(3)]),
      [
        ["guarded", (1 / 15).toFixed(3)],
        ["observed", (14 / 15).toFixed(3)],
      ],
    );
  });

  it("is charged at what was held where nothing was reported, and not again by a late report", async () => {
    await start({ confirm: { cost: "1" } });
    await chat.prompt("s");
    const begun = Date.now();
    const held = chat.used();
    await chat.hook("Stop", "s");
    while ((await chat.count()) === 0) await chat.changed();
    assert.equal((await chat.spent()).toFixed(6), held.toFixed(6));
    await chat.report([{ session: "s", input: 1_000, at: begun }], 0);
    await chat.report([{ session: "s", input: 1_000, at: Date.now() + 60_000 }]);
    assert.equal(await chat.count(), 2);
  });

  it("is charged by what the editor has written down, where telemetry tells nothing", async () => {
    await start({ confirm: { cost: "1" } });
    const storage = join(machine.stateDirectory, "workspaceStorage/abc");
    mkdirSync(join(storage, "chatSessions"), { recursive: true });
    const session = {
      requests: [{ promptTokens: 30_000, completionTokens: 2_000, result: { metadata: { toolCallRounds: [{}] } } }],
    };
    writeFileSync(join(storage, "chatSessions/s.jsonl"), JSON.stringify({ kind: 0, v: session }));
    await chat.hook("UserPromptSubmit", "s", {
      ...{ prompt: PROMPT, transcript_path: join(storage, "GitHub.copilot-chat/transcripts/s.jsonl") },
    });
    await chat.hook("Stop", "s");
    while ((await chat.count()) === 0) await chat.changed();
    const [row] = await chat.rows();
    assert.deepEqual([row?.cost, row?.uncertain, row?.origin], ["0.05", 0, "copilot"]);
  });

  it("costs nothing more where a plan covers it, and takes its part of that plan", async () => {
    const plans = [{ name: "Copilot Business", models: ["copilot/*"], window: "month", unit: "credits", limit: "1500" }];
    await start({ confirm: { cost: "0.01" }, plans });
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 200_000, output: 10_000 }]); // $0.30 by the price list: 30 credits
    const { planMeters } = await machine.until((state) => state.planMeters[0]?.used === "30");
    assert.deepEqual([planMeters[0]?.limit, await chat.spent(), chat.questions.length], ["1500", 0, 0]);
    assert.deepEqual(await chat.tool("s"), { exitCode: 0 });
  });

  it("leaves no word of a prompt behind", async () => {
    await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }];
    await chat.prompt("s");
    await chat.report([{ session: "s", input: 1_000 }]);
    await machine.service.refresh();
    assert.doesNotMatch(JSON.stringify([machine.service.uploads(), machine.log, chat.questions]), /ferry sails/);
    for (const file of readdirSync(machine.stateDirectory, { withFileTypes: true }))
      if (file.isFile()) assert.ok(!readFileSync(join(machine.stateDirectory, file.name)).includes("ferry sails"), file.name);
  });

  it("makes room for requests that a window's own guard sends inside it, and is not asked about twice", async () => {
    await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }];
    await chat.prompt("s");
    const inner = request({ origin: "chat", ref: { provider: "copilot", model: MODEL }, output: 14_000 });
    const { decision } = await machine.service.open(inner, "window");
    assert.equal(decision, "allow");
    assert.equal(chat.used(), 0.14, "only the request itself is held");
    await machine.service.cancel(inner.id);
    await chat.hook("Stop", "s");
    assert.equal(await chat.count(), 0);
  });

  it("learns from the person's own turns", async () => {
    await start({ confirm: { cost: "0.2" } });
    for (let turn = 0; turn < 30; turn++) {
      chat.answers = [{ choice: "send" }];
      await chat.prompt("s");
      await chat.report([{ session: "s", input: 12_000, output: 10 }]);
      await chat.over("s");
    }
    const before = chat.questions.length;
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, before, "small turns are expected to stay small");
  });
});
