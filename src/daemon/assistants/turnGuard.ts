import { createHash, randomUUID } from "node:crypto";
import { isCold, turnEstimate } from "../../budget/estimate/turn.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { formatAmount, max, type Nano, parseAmount } from "../../budget/money.ts";
import type { Reason } from "../../budget/verdict/reason.ts";
import type { HookAnswer, HookCall } from "../../protocol/assistants.ts";
import type { OpenReply, OpenRequest } from "../../protocol/daemon.ts";
import { selectedModelOf } from "./chatSession.ts";
import type { HookEvent } from "./hookEvent.ts";
import type { Asker, AssistantsParts, Times } from "./parts.ts";
import { cheaperModels, mayAskForMore, questionOf, type Said, say } from "./question.ts";
import type { Sessions } from "./sessions.ts";
import type { Turn } from "./turn.ts";
import { coldReason, promptLines } from "./turnWords.ts";
import { declined, type Refused, refused } from "./unsent.ts";
import { uuidOf } from "./uuid.ts";

/** Who holds for the turns, as the guard calls its clients: no connection's end ends them. */
const OWNER = "assistants";
/** It lets the turn go on, and says nothing. */
const GO_ON: HookAnswer = { exitCode: 0 };
/** A prompt is asked about again only where the rules changed under the first question. */
const MOST_QUESTIONS = 2;
/** Sessions of whose last prompt it is known what was answered. */
const MOST_SESSIONS = 50;

export interface TurnGuardParts extends AssistantsParts {
  sessions: Sessions;
  asker: Asker;
  waits: Times;
  /** A turn was let go. */
  begun(turn: Turn): void;
}

/** The last prompt of a session. */
interface Prompt {
  /** The same where one prompt is told twice. */
  key: string | undefined;
  answer: Promise<HookAnswer>;
}

/** Before a prompt is sent: estimate, verdict, the question where one is wanted, hold, and only then its leave. */
export class TurnGuard {
  readonly #parts: TurnGuardParts;
  /** By session. */
  readonly #prompts = new Map<string, Prompt>();

  constructor(parts: TurnGuardParts) {
    this.#parts = parts;
  }

  /** Whether a prompt may go. One that is told twice, because its hook stands in two files, is judged once. @throws Error where it cannot be judged */
  begin(event: HookEvent, call: HookCall, signal: AbortSignal): Promise<HookAnswer> {
    const key = event.occasion && keyOf(event.occasion, event.prompt);
    const known = this.#prompts.get(event.session);
    if (known && key && known.key === key) return known.answer;
    const answer = this.#judge(event, call, signal);
    this.#prompts.delete(event.session);
    this.#prompts.set(event.session, { key, answer });
    for (const old of [...this.#prompts.keys()].slice(0, -MOST_SESSIONS)) this.#prompts.delete(old);
    return answer;
  }

  async #judge(event: HookEvent, call: HookCall, signal: AbortSignal): Promise<HookAnswer> {
    // A call that is made again after a crash may find its first try charged.
    const first = uuidOf(`hook\n${call.id}`);
    const id = this.#parts.ledger.entry(first) ? randomUUID() : first;
    try {
      return await this.#admit(id, event, signal);
    } catch (error) {
      this.#parts.guard.lose(id);
      throw error;
    }
  }

  async #admit(id: string, event: HookEvent, signal: AbortSignal): Promise<HookAnswer> {
    const { guard, sessions, clock } = this.#parts;
    const { ref, known: modelKnown } = await this.#modelOf(event);
    const context = sessions.contextOf(event.session);
    const norm = sessions.norm(ref);
    const prompt = await this.#parts.count(event.prompt ?? "", ref.model);
    const estimate = turnEstimate(prompt, context, norm.further, clock.wall());
    const workspaceRules = await this.#parts.asker.rulesIn(event.cwd);
    const work = await this.#parts.asker.workIn(event.cwd); // its window is there by now
    const request: OpenRequest = {
      ...{ ...work, id, origin: "copilot", ref, estimate, session: event.session },
      ...(workspaceRules && { workspaceRules }),
    };
    let confirmed: OpenRequest["confirmed"];
    let upTo: Nano | undefined;
    for (let questions = 0; ; questions++) {
      const purpose = sessions.purposeOf(event.session);
      const reply = await guard.open({ ...request, ...(confirmed && { confirmed }), ...(purpose && { purpose }) }, OWNER);
      if (signal.aborted) return this.#giveUp(id);
      const view = await this.#parts.view();
      const { assistants } = view.policy.policy;
      const high = parseAmount(reply.cost.high);
      const cold = questions === 0 && isCold(context, clock.wall()) ? coldIn(reply, assistants.coldSession, context) : undefined;
      const reasons = [...(reply.decision === "allow" ? [] : (reply.reasons as Reason[])), ...(cold ? [cold] : [])];
      const isQuiet = reply.decision !== "block" && high <= (sessions.notBelow(event.session) ?? -1n);
      const unsent = { ref, estimate, high: reply.cost.high, reasons, view };
      if (reply.decision === "block") return this.#refuse(event, refused(unsent));
      if (reply.decision === "allow" && (!cold || isQuiet))
        return this.#letGo(event, request, reply, { upTo, modelKnown, confirmed });
      confirmed = { cost: formatAmount(max(high, upTo ?? 0n)), reasons: reply.reasons.map(({ code }) => code) };
      if (isQuiet && questions < MOST_QUESTIONS) continue;
      if (questions === MOST_QUESTIONS) {
        guard.lose(id);
        return this.#refuse(event, refused(unsent)); // no yes is enough, or the rules keep changing
      }
      const question = questionOf(
        {
          ...{ session: event.session, kind: cold ? "cold" : "prompt", ref, modelKnown, reasons, cost: reply.cost },
          ...{ lines: promptLines(reply, norm), plan: reply.plan },
          cheaper: cheaperModels(ref, estimate, high, view),
          mayAskForMore: mayAskForMore(ref, view),
        },
        this.#parts.waits.answer,
      );
      const said = await this.#ask(question, event.cwd, assistants.unattended, signal);
      if (!said) return this.#giveUp(id);
      if (said.purpose !== undefined) sessions.isFor(event.session, said.purpose);
      if (said.notBelow !== undefined) sessions.askOnlyAbove(event.session, said.notBelow);
      if (said.upTo === undefined) {
        guard.lose(id); // it may be held already
        return this.#refuse(event, declined(said, unsent));
      }
      upTo = said.upTo;
      if (reply.decision === "allow") return this.#letGo(event, request, reply, { upTo, modelKnown, confirmed });
    }
  }

  /** As it was reported, or said at the session's begin; else as the editor has it written down. */
  async #modelOf({ session, transcript }: HookEvent): Promise<{ ref: ModelRef; known: boolean }> {
    const told = this.#parts.sessions.refOf(session);
    const selected = told.known || transcript === undefined ? undefined : await selectedModelOf(transcript);
    return selected ? { ref: selected, known: true } : told;
  }

  /** Undefined: nobody waits for the answer any more. */
  async #ask(...[question, cwd, unattended, signal]: AskingOf): Promise<Said | undefined> {
    try {
      return await say(this.#parts.asker.ask, question, cwd, unattended, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  /** The hook is gone, and the prompt with it. */
  #giveUp(id: string): HookAnswer {
    this.#parts.guard.lose(id);
    return GO_ON;
  }

  /** Journalled before the answer lets it go. */
  #letGo(
    event: HookEvent,
    { id, ref }: OpenRequest,
    { cost }: OpenReply,
    { upTo, modelKnown, confirmed }: { upTo: Nano | undefined; modelKnown: boolean; confirmed: OpenRequest["confirmed"] },
  ): HookAnswer {
    const { guard, clock } = this.#parts;
    guard.sent(id);
    this.#parts.begun({
      ...{ id, session: event.session, cwd: event.cwd, ref, modelKnown, begun: clock.wall(), until: undefined },
      transcript: event.transcript,
      ...{ letGo: upTo ?? parseAmount(cost.high), confirmed, spent: 0n, calls: 0, work: 0, firstInput: 0, guessed: false },
      ...{ subagents: { wanted: new Set(), started: new Set(), told: new Set(), letGo: undefined }, hooks: new Set() },
      ...{ isOwn: false, stopped: undefined, asking: undefined },
    });
    return GO_ON;
  }

  /** Whoever has not chosen it is told why, and what they can do: the chat shows that a hook has blocked it, and no more. */
  #refuse({ cwd }: HookEvent, { answer, told }: Refused): HookAnswer {
    if (told) void this.#parts.asker.tell(told, cwd);
    return answer;
  }
}

type AskingOf = Parameters<typeof say> extends [unknown, ...infer Rest] ? Rest : never;

/** Why a cold session is asked about, where reading it again costs more than the policy lets pass. */
function coldIn({ cost, plan }: OpenReply, least: string, context: { tokens: number; at: number }): Reason | undefined {
  const start = parseAmount(cost.start);
  return plan === undefined && start > parseAmount(least) ? coldReason(context, start) : undefined;
}

function keyOf(occasion: string, prompt = ""): string {
  return `${occasion} ${createHash("sha256").update(prompt).digest("base64")}`;
}
