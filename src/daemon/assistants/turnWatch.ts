import { randomUUID } from "node:crypto";
import { formatAmount, max, type Nano, ONE } from "../../budget/money.ts";
import { plansBeside, pricingOf } from "../../budget/pricing/pricing.ts";
import type { Reason } from "../../budget/verdict/reason.ts";
import { judgeCost, weightedUsage } from "../../budget/verdict/verdict.ts";
import type { HookAnswer } from "../../protocol/assistants.ts";
import type { Usage } from "../../wire/usage.ts";
import { usageOf } from "../../wire/usage.ts";
import { type GuardView, isMoney } from "../guard/judging.ts";
import { denied } from "../hookFailure.ts";
import { type HookEvent, startsSubagent } from "./hookEvent.ts";
import type { Asker, AssistantsParts, Times } from "./parts.ts";
import { mayAskForMore, questionOf, say } from "./question.ts";
import type { Sessions } from "./sessions.ts";
import type { Turn } from "./turn.ts";
import { grownReason, stopped, subagentsReason } from "./turnWords.ts";

const GO_ON: HookAnswer = { exitCode: 0 };
/** By no less a turn is let go on (nano-USD), so that few steps ask. */
const LEAST_STEP: Nano = ONE / 20n;
/** An answer is waited for so long after everybody who asked has gone (ms). */
const LAST_WORD = 5_000;

export interface TurnWatchParts extends AssistantsParts {
  sessions: Sessions;
  asker: Asker;
  waits: Times;
  /** A turn was stopped: whatever more it wants is refused. */
  stopped(turn: Turn): void;
}

/** While a turn runs: between tool calls it is stopped, or asked about, where it has used up what it was let go for. */
export class TurnWatch {
  readonly #parts: TurnWatchParts;

  constructor(parts: TurnWatchParts) {
    this.#parts = parts;
  }

  /** Whether a tool may run. However many tools wait, the person is asked once; `signal` aborts when nobody waits for this one any more. */
  async beforeTool(turn: Turn, event: HookEvent, signal: AbortSignal): Promise<HookAnswer> {
    if (startsSubagent(event)) turn.subagents.wanted.add(event.occasion ?? randomUUID());
    turn.hooks.add(signal);
    try {
      while (turn.asking) await turn.asking;
      if (turn.stopped !== undefined) return denied(turn.stopped);
      const { wanted, started, letGo } = turn.subagents;
      if (letGo !== undefined && Math.max(wanted.size, started.size) <= letGo && turn.spent <= turn.letGo) return GO_ON;
      turn.asking = this.#look(turn);
      return await turn.asking.finally(() => {
        turn.asking = undefined;
      });
    } finally {
      turn.hooks.delete(signal);
    }
  }

  async #look(turn: Turn): Promise<HookAnswer> {
    const view = await this.#parts.view();
    const { subagents } = turn;
    subagents.letGo ??= view.policy.policy.assistants.subagents;
    const count = Math.max(subagents.wanted.size, subagents.started.size);
    const isMany = count > subagents.letGo;
    if (!isMany && turn.spent <= turn.letGo) return GO_ON;
    try {
      return await this.#goOn(turn, view, isMany ? count : undefined);
    } catch (error) {
      if (turn.hooks.values().every(({ aborted }) => aborted)) return GO_ON; // nobody hears it
      throw error;
    }
  }

  /** @param subagents how many there are, where that is what is asked about */
  async #goOn(turn: Turn, view: GuardView, subagents: number | undefined): Promise<HookAnswer> {
    const { policy } = view.policy;
    const { next, rules } = this.#step(turn, view);
    const hard = rules.filter(isHard);
    if (hard.length > 0) return this.#stop(turn, hard, view);
    const many = subagents === undefined ? [] : [subagentsReason(subagents, policy.assistants.subagents)];
    const soft = rules.filter(({ effect }) => effect === "confirm");
    const asked = [
      ...many,
      ...(soft.length > 0 && turn.spent > turn.letGo ? [grownReason(turn.spent, turn.letGo), ...soft] : []),
    ];
    const quiet = this.#parts.sessions.notBelow(turn.session) ?? -1n;
    let upTo = next;
    if (many.length > 0 || (asked.length > 0 && next > quiet)) {
      const said = await this.#ask(turn, asked, next, view, many.length > 0 ? "subagents" : "running");
      if (said.upTo === undefined || (said.choice === "sendUpTo" && said.upTo <= turn.spent))
        return this.#stop(turn, asked, said.choice === "late" ? view : undefined);
      if (said.notBelow !== undefined) this.#parts.sessions.askOnlyAbove(turn.session, said.notBelow);
      upTo = said.upTo;
    }
    if (!(await this.#extend(turn, upTo, view)))
      return this.#stop(
        turn,
        rules.filter(({ code }) => isMoney(code)),
        view,
      );
    if (subagents !== undefined) turn.subagents.letGo = subagents + policy.assistants.subagents;
    return GO_ON;
  }

  /** Up to how much it may go on next, and what the rules say of that: as much again, or less where they let only less go on. */
  #step(turn: Turn, view: GuardView): { next: Nano; rules: Reason[] } {
    const wanted = turn.spent > turn.letGo ? max(turn.letGo, LEAST_STEP) : max(0n, turn.letGo - turn.spent);
    for (let step = wanted; ; step /= 2n) {
      const next = turn.spent + step;
      const rules = this.#reasonsAt(turn, next, view);
      if (step <= LEAST_STEP || !rules.some(isHard)) return { next, rules };
    }
  }

  #ask(turn: Turn, reasons: Reason[], next: Nano, view: GuardView, kind: "subagents" | "running") {
    const [spent, high] = [formatAmount(turn.spent), formatAmount(next)];
    const question = questionOf(
      {
        ...{ session: turn.session, kind, ref: turn.ref, modelKnown: turn.modelKnown, reasons, spent: turn.spent },
        ...{ lines: [], cheaper: [], cost: { start: spent, likely: spent, high, worst: high } },
        mayAskForMore: mayAskForMore(turn.ref, view),
      },
      this.#parts.waits.answer,
    );
    const { unattended } = view.policy.policy.assistants;
    return say(this.#parts.asker.ask, question, turn.cwd, unattended, allAborted(turn.hooks));
  }

  /** What the rules say of a turn that comes to so much. */
  #reasonsAt(turn: Turn, amount: Nano, view: GuardView): Reason[] {
    const { policy } = view.policy;
    const { priceKnown, assumed } = pricingOf(view.prices, turn.ref, policy, plansBeside(view.plans, view.allowances, turn.ref));
    const more = usageFor(amount - turn.letGo, turn, view);
    const cost = { start: turn.spent, likely: turn.spent, high: amount, worst: amount };
    const hold = { usd: max(0n, amount - turn.letGo), tokens: weightedUsage(more, policy) };
    const known = assumed === undefined ? { priceKnown } : { priceKnown, assumed };
    return judgeCost({ ref: turn.ref, at: view.now, ...known, cost, hold }, view.allowances, policy).reasons.filter(
      ({ code }) => code !== "unknownPrice", // it was asked about at the turn's begin
    );
  }

  async #extend(turn: Turn, upTo: Nano, view: GuardView): Promise<boolean> {
    const held = this.#parts.guard.held(turn.id);
    const more = upTo - turn.spent - (held ?? 0n);
    const raised = held === undefined || more <= 0n || (await this.#parts.guard.extend(turn.id, usageFor(more, turn, view)));
    if (raised) turn.letGo = upTo;
    return raised;
  }

  /** @param view where the person did not choose it: their window ends the turn, and tells them why */
  async #stop(turn: Turn, reasons: readonly Reason[], view?: GuardView): Promise<HookAnswer> {
    turn.stopped = stopped(reasons, turn.spent);
    if (view) {
      const mayAsk = mayAskForMore(turn.ref, view);
      const told = { ref: turn.ref, reasons: [...reasons], spent: formatAmount(turn.spent), mayAskForMore: mayAsk };
      await this.#parts.asker.tell({ kind: "turn", assistant: "copilot", ...told }, turn.cwd);
    }
    this.#parts.stopped(turn);
    return denied(turn.stopped);
  }
}

/** No amount of money that is asked for lets it go. */
function isHard({ effect, code }: Reason): boolean {
  return effect === "block" && !isMoney(code);
}

/** Input that costs so much (nano-USD) at the turn's model. */
function usageFor(amount: Nano, { ref }: Turn, view: GuardView): Usage {
  const { price } = pricingOf(view.prices, ref, view.policy.policy, plansBeside(view.plans, view.allowances, ref));
  const rate = BigInt(price.rates.input); // pico-USD per token
  return usageOf({ input: rate > 0n && amount > 0n ? Number((amount * 1_000n + rate - 1n) / rate) : 0 });
}

/**
 * Aborts soon after all of them have. A hook that goes away takes one tool with it, not the turn, so the question stays for the others; and a
 * window ends the turn, and with it the hooks, just before it answers that it stops.
 */
function allAborted(signals: ReadonlySet<AbortSignal>): AbortSignal {
  const all = new AbortController();
  const look = () => {
    if (signals.values().every(({ aborted }) => aborted)) setTimeout(() => all.abort(), LAST_WORD).unref();
  };
  for (const signal of signals) signal.addEventListener("abort", look, { once: true });
  look();
  return all.signal;
}
