import { formatAmount, max, parseAmount } from "../../budget/money.ts";
import {
  type AssistantState,
  type HookAnswer,
  type HookCall,
  QUESTION_PATIENCE,
  SELF_TEST_ANSWER,
  SELF_TEST_EVENT,
  type Telemetry,
} from "../../protocol/assistants.ts";
import type { Coverage, OpenRequest } from "../../protocol/daemon.ts";
import { chatCallsIn } from "../../wire/otlp/chatCalls.ts";
import { plainModel } from "../../wire/otlp/provider.ts";
import { answer, denied, failedAnswer, type HookFailure, savedHookFailure, saveHookFailure } from "../hookFailure.ts";
import { CoverageBook, coverageOf } from "./coverageBook.ts";
import { type HookEvent, hookEventIn, startsSubagent } from "./hookEvent.ts";
import { type Asker, type AssistantsParts, NO_WINDOWS, type Times } from "./parts.ts";
import { Receiver } from "./receiver.ts";
import { Sessions } from "./sessions.ts";
import { Settling } from "./settling.ts";
import { urlOf } from "./telemetryPlace.ts";
import type { Turn } from "./turn.ts";
import { TurnGuard } from "./turnGuard.ts";
import { BEFORE, Turns } from "./turns.ts";
import { TurnWatch } from "./turnWatch.ts";
import { uuidOf } from "./uuid.ts";

const WAITS: Times = { answer: QUESTION_PATIENCE, reports: 12_000, lateReports: 60_000, idle: 30 * 60_000 };
/** What was seen longer ago says nothing of what is covered now (ms): as long as shares go back. */
const RECENT = 14 * 86_400_000;
/** It lets the turn go on, and says nothing. */
const GO_ON: HookAnswer = { exitCode: 0 };

/** The assistants that send for themselves: asked before by their hooks, counted after by their telemetry. */
export class Assistants {
  readonly #parts: AssistantsParts;
  readonly #sessions: Sessions;
  readonly #turns: Turns;
  readonly #before: TurnGuard;
  readonly #during: TurnWatch;
  readonly #after: Settling;
  readonly #receiver: Receiver;
  readonly #coverage: CoverageBook;
  #hookFailure: HookFailure | undefined;
  readonly #asker: Asker = { ...NO_WINDOWS };

  /** @param charged turns that a daemon which died had left open (begun: epoch ms, this machine's): what they call is charged until now */
  constructor(parts: AssistantsParts, charged: readonly { session: string; begun: number }[]) {
    this.#parts = parts;
    const waits = { ...WAITS, ...parts.times };
    this.#sessions = new Sessions(parts.ledger, parts.log);
    this.#turns = new Turns(this.#sessions);
    const [sessions, turns] = [this.#sessions, this.#turns];
    for (const { session, begun } of charged) sessions.charge({ session, from: begun - BEFORE, to: parts.clock.wall() });
    const asker = this.#asker;
    this.#before = new TurnGuard({ ...parts, sessions, waits, asker, begun: (turn) => this.#begun(turn) });
    this.#during = new TurnWatch({ ...parts, sessions, waits, asker, stopped: (turn) => this.#stopped(turn) });
    this.#after = new Settling({ ...parts, sessions, turns, waits, telemetryAt: () => this.#sessions.seen.telemetryAt });
    this.#coverage = new CoverageBook(parts.ledger, parts.clock, parts.changed);
    this.#receiver = new Receiver({
      ...parts,
      traces: (body, type) => this.#after.take(chatCallsIn(body, type)),
      seen: () => this.#telemetrySeen(),
    });
  }

  useWindows(asker: Asker): void {
    Object.assign(this.#asker, asker);
  }

  get states(): AssistantState[] {
    const port = this.#receiver.port;
    const { hookAt, telemetryAt } = this.#sessions.seen;
    return [
      {
        assistant: "copilot",
        ...(hookAt !== undefined && { hookAt: new Date(hookAt).toISOString() }),
        ...(telemetryAt !== undefined && { telemetryAt: new Date(telemetryAt).toISOString() }),
        ...(port !== undefined && { telemetryPort: port }),
        running: this.#turns.running,
      },
    ];
  }

  get coverage(): Coverage[] {
    const { hookAt, telemetryAt } = this.#sessions.seen;
    const isRecent = (at: number | undefined) => at !== undefined && this.#parts.clock.wall() - at < RECENT;
    return coverageOf(this.#coverage, { hooks: isRecent(hookAt), telemetry: isRecent(telemetryAt) });
  }

  /** Something was spent. */
  update(): void {
    this.#coverage.update();
  }

  /** What the policy says of hooks that fail: written down for them. */
  useHookFailure(hookFailure: HookFailure): void {
    if (hookFailure === this.#hookFailure) return;
    this.#hookFailure = hookFailure;
    try {
      saveHookFailure(this.#parts.stateDirectory, hookFailure);
    } catch (error) {
      this.#parts.log(`assistants: ${(error as Error).message}`);
    }
  }

  /** Answers a hook. Never throws: what cannot be judged goes by the policy's word on hooks that fail. */
  async hook(call: HookCall, signal: AbortSignal): Promise<HookAnswer> {
    const event = typeof call?.input === "string" ? hookEventIn(call.input, String(call.cwd ?? "")) : undefined;
    if (!event) return GO_ON;
    if (event.name === SELF_TEST_EVENT) return { exitCode: 0, stdout: SELF_TEST_ANSWER };
    this.#sessions.seen.hookAt = this.#parts.clock.wall();
    this.#parts.changed();
    try {
      return await this.#answer(event, call, signal);
    } catch (error) {
      this.#parts.log(`assistants: ${event.name}: ${(error as Error).message}`);
      return failedAnswer(call.input, this.#failing, (error as Error).message);
    }
  }

  /** What the policy in force, or that of an earlier daemon's account, says of hooks that fail. */
  get #failing(): HookFailure {
    return this.#hookFailure ?? savedHookFailure(this.#parts.stateDirectory);
  }

  async #answer(event: HookEvent, call: HookCall, signal: AbortSignal): Promise<HookAnswer> {
    if (event.name === "UserPromptSubmit") return this.#subagentsPrompt(event) ?? this.#prompt(event, call, signal);
    if (event.name === "SessionStart" && event.model && event.model !== "unknown") {
      this.#sessions.use(event.session, { provider: "copilot", model: plainModel(event.model) });
      this.#sessions.save();
    }
    const stopped = this.#turns.stoppedIn(event.session)?.stopped;
    if (stopped !== undefined) return event.name === "PreToolUse" ? denied(stopped) : GO_ON;
    const turn = this.#turns.of(event.session);
    if (!turn) return GO_ON;
    this.#after.heard(turn);
    if (startsSubagent(event) && event.toolPrompt !== undefined) turn.subagents.told.add(uuidOf(event.toolPrompt));
    if (event.name === "PreToolUse" && !turn.isOwn) return this.#during.beforeTool(turn, event, signal);
    if (event.name === "SubagentStart") turn.subagents.started.add(event.occasion ?? call.id);
    if (event.name === "Stop" && turn.session === event.session) this.#after.over(turn);
    return GO_ON;
  }

  async #prompt(event: HookEvent, call: HookCall, signal: AbortSignal): Promise<HookAnswer> {
    this.#turns.prompted(event.session);
    if ((await this.#parts.view()).missing && this.#failing === "block")
      throw new Error("no window in which you are signed in is open. Open VS Code, then try again.");
    return this.#before.begin(event, call, signal);
  }

  /** A sub-agent's prompt is told like one of the person's, though it is a part of the turn that started it; undefined for any other. */
  #subagentsPrompt({ session, prompt }: HookEvent): HookAnswer | undefined {
    const turn = this.#turns.stoppedIn(session) ?? this.#turns.of(session);
    if (!turn || prompt === undefined || !turn.subagents.told.has(uuidOf(prompt))) return undefined;
    this.#after.heard(turn);
    return turn.stopped === undefined ? GO_ON : answer({ decision: "block", reason: turn.stopped });
  }

  /**
   * A request that a window's own guard sends: where it is part of a turn, that turn's hold makes room for it, and what the person has said
   * of the turn holds for it.
   */
  adopt(request: OpenRequest): OpenRequest {
    if (request.origin !== "chat") return request;
    const turn = this.#turns.all.filter(({ calls, isOwn }) => calls === 0 || isOwn).at(-1);
    if (!turn) return request;
    if (!turn.isOwn) this.#parts.guard.release(turn.id);
    turn.isOwn = true;
    this.#sessions.use(turn.session, request.ref);
    if (!turn.confirmed) return request;
    const { confirmed = { cost: "0", reasons: [] } } = request;
    const cost = formatAmount(max(parseAmount(confirmed.cost), parseAmount(turn.confirmed.cost)));
    const reasons = [...new Set([...confirmed.reasons, ...turn.confirmed.reasons])];
    return { ...request, confirmed: { cost, reasons } };
  }

  async telemetry(): Promise<Telemetry> {
    const url = urlOf(await this.#receiver.open());
    this.#parts.changed();
    return { url };
  }

  /** Every turn is over as far as this daemon goes: another takes its place, or none. */
  endTurns(): Promise<void> {
    return this.#after.endAll();
  }

  async close(): Promise<void> {
    await this.#receiver.close();
    await this.#after.endAll();
    this.#coverage.dispose();
    this.#sessions.save();
  }

  #begun(turn: Turn): void {
    const before = this.#turns.begin(turn);
    if (before) this.#after.over(before);
    this.#after.begun(turn);
    this.#parts.changed();
  }

  /** As far as can be told it is over: the editor tells no end of a turn that was cancelled. */
  #stopped(turn: Turn): void {
    this.#turns.stop(turn);
    this.#after.over(turn);
    this.#parts.changed();
  }

  #telemetrySeen(): void {
    this.#sessions.seen.telemetryAt = this.#parts.clock.wall();
    this.#parts.changed();
  }
}
