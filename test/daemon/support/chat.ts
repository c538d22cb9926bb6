import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { MachineAllowance } from "../../../src/budget/allowance/allowance.ts";
import type { AskWindow } from "../../../src/daemon/service.ts";
import type { HookAnswer, Refusal, TurnAnswer, TurnQuestion } from "../../../src/protocol/assistants.ts";
import { type Machine, startBudget, type TestBudget } from "./budget.ts";
import { hookEvent } from "./hooks.ts";
import { otlp, PROMPT, type Reported, send } from "./telemetry.ts";

/** The model of all tests: $1 for a million tokens in, $10 out. */
export const MODEL = "one";
export const PRICES = [
  { model: "copilot/one", input: "1", output: "10" },
  { model: "copilot/small", input: "0.1", output: "1" },
];
export const ALLOWANCE = { id: "month", name: "Your month", limit: "10" };

/** A person's day with Copilot Chat, as hooks and telemetry tell it. */
export class Chat {
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

/** Why a prompt is blocked; empty where it is not. */
export function reasonOf({ stdout }: HookAnswer): string {
  const { decision, reason } = JSON.parse(stdout ?? "{}");
  return decision === "block" ? reason : "";
}

/** What starts a team with such a policy, and a person's session "s" with it; all of it ends with the test. */
export function useTurns() {
  let budget: TestBudget;
  let machine: Machine;
  afterEach(async function () {
    if (this.currentTest?.state === "failed") console.error(machine.log.slice(-5));
    await budget.close();
  });
  return async (policy: object = {}, times = { reports: 1, lateReports: 1 }) => {
    budget = await startBudget({ prices: PRICES, allowances: [ALLOWANCE], confirm: { cost: "0.5" }, ...policy });
    machine = await budget.machine(undefined, { turnTimes: times });
    await machine.signIn();
    const chat = new Chat(machine);
    await chat.hook("SessionStart", "s", { source: "new", model: MODEL });
    return { budget, machine, chat };
  };
}
