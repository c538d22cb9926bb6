import { asInputTokens } from "../../budget/estimate/turn.ts";
import { parseAmount } from "../../budget/money.ts";
import { findPrice } from "../../prices/find.ts";
import type { ChatCall } from "../../wire/otlp/chatCalls.ts";
import { refOfCall } from "../../wire/otlp/provider.ts";
import { TOKEN_CLASSES, type Usage, usageOf } from "../../wire/usage.ts";
import { lastTurnOf, usageOfWritten } from "./chatSession.ts";
import type { AssistantsParts, Times } from "./parts.ts";
import type { Sessions } from "./sessions.ts";
import type { Turn } from "./turn.ts";
import { BEFORE, type Turns } from "./turns.ts";
import { uuidOf } from "./uuid.ts";

export interface SettlingParts extends AssistantsParts {
  sessions: Sessions;
  turns: Turns;
  waits: Times;
  /** When telemetry came last (epoch ms); undefined: never. */
  telemetryAt(): number | undefined;
}

/** Calls that wait to be booked; more than any editor has under way. */
const MOST_WAITING = 50_000;
/** What could not be booked is tried again after so long (ms), so often. */
const AGAIN = 30_000;
const MOST_TRIES = 20;

/**
 * After the fact: every call that is reported becomes an entry, once, out of its turn's hold while there is one; a turn of which nothing was
 * reported is charged by what the editor has written down of it, else at what was held.
 */
export class Settling {
  readonly #parts: SettlingParts;
  readonly #timers = new Map<Turn, NodeJS.Timeout>();
  #booking: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(parts: SettlingParts) {
    this.#parts = parts;
  }

  /** Takes what was reported; books it in its order. */
  take(calls: readonly ChatCall[]): void {
    for (const call of calls.slice(0, Math.max(0, MOST_WAITING - this.#waiting))) {
      this.#waiting++;
      this.#try(call, MOST_TRIES);
    }
  }

  #try(call: ChatCall, tries: number): void {
    const booked = this.#booking.then(() => this.#book(call));
    this.#booking = booked.catch(() => {});
    booked.then(
      () => this.#waiting--,
      (error: Error) => {
        this.#parts.log(`assistants: a call was not booked: ${error.message}`);
        if (tries > 1) setTimeout(() => this.#try(call, tries - 1), AGAIN).unref();
        else this.#waiting--;
      },
    );
  }

  /** A turn was let go: it is over at the latest when nothing was heard of it for long. */
  begun(turn: Turn): void {
    this.#wait(turn, this.#parts.waits.idle);
  }

  /** Something was heard of a turn that runs. */
  heard(turn: Turn): void {
    if (this.#timers.has(turn) && this.#parts.turns.of(turn.session) === turn) this.#wait(turn, this.#parts.waits.idle);
  }

  /** A turn is over; its last reports may be on their way. */
  over(turn: Turn): void {
    this.#parts.turns.over(turn);
    this.#wait(turn, this.#parts.waits.reports, () => this.#lastReports(turn));
  }

  /** All turns are over, and nothing more is waited for. */
  async endAll(): Promise<void> {
    await this.#booking;
    await Promise.all(this.#parts.turns.all.map((turn) => this.#end(turn)));
  }

  #wait(turn: Turn, milliseconds: number, then = () => this.#end(turn)): void {
    clearTimeout(this.#timers.get(turn));
    const timer = setTimeout(
      () => void then().catch((error: Error) => this.#parts.log(`assistants: ${error.message}`)),
      milliseconds,
    );
    this.#timers.set(turn, timer.unref());
  }

  /** Where telemetry comes but nothing of this turn did, it may be late. */
  async #lastReports(turn: Turn): Promise<void> {
    await this.#booking;
    const telemetryAt = this.#parts.telemetryAt();
    const mayCome =
      turn.calls === 0 && !turn.isOwn && telemetryAt !== undefined && telemetryAt > turn.begun - this.#parts.waits.idle;
    if (mayCome) this.#wait(turn, this.#parts.waits.lateReports);
    else await this.#end(turn);
  }

  async #end(turn: Turn): Promise<void> {
    const { guard, sessions, turns, clock } = this.#parts;
    clearTimeout(this.#timers.get(turn));
    this.#timers.delete(turn);
    const isReported = turn.calls > 0 || turn.isOwn;
    const written = isReported || turn.transcript === undefined ? undefined : await lastTurnOf(turn.transcript);
    if (!turns.end(turn)) return; // it was ended meanwhile
    if (isReported || turn.calls > 0) {
      guard.release(turn.id);
      if (turn.calls > 0 && !turn.guessed)
        sessions.learn(turn.ref, { further: Math.max(1, turn.work - turn.firstInput), calls: turn.calls });
      return;
    }
    sessions.charge({ session: turn.session, from: turn.begun - BEFORE, to: turn.until ?? clock.wall() });
    if (written) guard.settle({ id: turn.id, usage: usageOfWritten(written), usageSource: "estimated" });
    else guard.lose(turn.id);
  }

  async #book(call: ChatCall): Promise<void> {
    const { guard, sessions, turns, view } = this.#parts;
    const turn = turns.ofCall(call);
    const usage = this.#usageOf(call);
    if (!usage || sessions.isCharged(call.session, call.start)) return;
    const ref = refOfCall(call);
    const entry = await guard.book(
      {
        ...{
          id: uuidOf(`copilot\n${call.key}`),
          origin: "copilot",
          ref,
          usage,
          usageSource: call.usage ? "provider" : "estimated",
        },
        ...(call.responseId && { providerRequestId: call.responseId }),
      },
      turn?.id,
    );
    if (!entry) return;
    const isMain = call.session !== undefined && call.parentSession === undefined;
    if (isMain) sessions.called(call.session!, ref, { tokens: tokensOf(usage), at: call.end });
    if (!turn) return;
    const price = findPrice((await view()).prices, ref);
    turn.spent += parseAmount(entry.cost);
    turn.calls++;
    turn.work += asInputTokens(usage, price);
    turn.guessed ||= !call.usage;
    if (isMain && turn.firstInput === 0) turn.firstInput = asInputTokens({ ...usage, output: 0 }, price);
    if (isMain) turn.ref = ref;
    this.heard(turn);
  }

  /** What is charged: what was reported; of a call whose end nobody reported, what its session sends; of one that failed, nothing. */
  #usageOf({ usage, failed, canceled, session }: ChatCall): Usage | undefined {
    if (usage && tokensOf(usage) > 0) return usage;
    if (failed && !canceled) return undefined;
    const tokens = session === undefined ? undefined : this.#parts.sessions.contextOf(session)?.tokens;
    return tokens === undefined ? undefined : usageOf({ input: tokens });
  }
}

function tokensOf(usage: Usage): number {
  return TOKEN_CLASSES.reduce((sum, name) => sum + usage[name], 0);
}
