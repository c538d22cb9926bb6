import { type Nano, parseAmount } from "../../budget/money.ts";
import type { SyncReply } from "../../protocol/endpoint.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../service.ts";

/** What came of a need. */
export type NeedOutcome =
  | { kind: "held" }
  /** The endpoint said no, explicitly. */
  | { kind: "refused"; allowance: string; remaining: Nano; resetsAt: string }
  /** The advance is over, or the rules have changed: read them again, then judge again. */
  | { kind: "closed" }
  /** Nobody could be asked. */
  | { kind: "unreachable" }
  /** The endpoint does not know the person any more. */
  | { kind: "denied"; reason: string };

/** What comes of a need where it was not refused; `over`: the advance is, `short`: it has not enough. */
export type Grant = "held" | "over" | "short";

/** What a request needs that an advance has not. */
export interface Need {
  amount: Nano;
  /** In how many answers it was neither granted nor refused. */
  unanswered: number;
  done: (outcome: NeedOutcome) => void;
}

/** What was refused is refused again for so long without asking (ms), unless something is heard meanwhile that may have changed it. */
const REFUSED_FOR = 10_000;
/** A grant that another request ate is asked for again this often, then given up. */
const ROUNDS = 4;

/** The needs of one advance that wait for the endpoint's word, in their order, and what it refused lately. */
export class Needs {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting = new Map<string, Need>();
  /** The smallest need that was refused lately; until when (ms of the monotone clock) that is remembered. */
  #refusal: { amount: Nano; until: number; outcome: NeedOutcome } | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The ones that have waited longest, with their requests' ids. */
  first(count: number): [string, Need][] {
    return [...this.#waiting].slice(0, count);
  }

  /** Resolves when it is finished. */
  add(request: string, amount: Nano): Promise<NeedOutcome> {
    const { promise, resolve } = Promise.withResolvers<NeedOutcome>();
    this.#waiting.set(request, { amount, unanswered: 0, done: resolve });
    return promise;
  }

  finish(request: string, outcome: NeedOutcome): void {
    this.#waiting.get(request)?.done(outcome);
    this.#waiting.delete(request);
  }

  finishAll(outcome: NeedOutcome): void {
    for (const request of [...this.#waiting.keys()]) this.finish(request, outcome);
  }

  /** Finishes a need that the endpoint refused, and remembers that it did. */
  #refuse(request: string, outcome: NeedOutcome): void {
    const amount = this.#waiting.get(request)?.amount;
    const now = this.#clock.monotone();
    if (amount !== undefined && (!this.#refusal || amount < this.#refusal.amount || now >= this.#refusal.until))
      this.#refusal = { amount, until: now + REFUSED_FOR, outcome };
    this.finish(request, outcome);
  }

  /** What came a moment ago of a need of as much or less that was refused; undefined where none was, or something has changed since. */
  refusedLately(amount: Nano): NeedOutcome | undefined {
    const refusal = this.#refusal;
    return refusal && amount >= refusal.amount && this.#clock.monotone() < refusal.until ? refusal.outcome : undefined;
  }

  /** Something has changed: what was refused may be granted now. */
  forgetRefusal(): void {
    this.#refusal = undefined;
  }

  /**
   * Takes an answer to needs that were told. Refused only where the endpoint says so; what merely does not fit (another request was quicker)
   * is asked for again.
   * @param grant holds what a request needs, where it is there now
   */
  decide(asked: readonly [string, Need][], reply: SyncReply, grant: (request: string, amount: Nano) => Grant): void {
    const refusals = new Map(reply.refused.map((refusal) => [refusal.id, refusal]));
    for (const [id, need] of asked) {
      const refusal = refusals.get(id);
      if (reply.policy) {
        this.finish(id, { kind: "closed" }); // whatever the answer: it was asked under rules that are over
      } else if (refusal) {
        const { allowance, resetsAt } = refusal;
        this.#refuse(id, { kind: "refused", allowance, remaining: parseAmount(refusal.remaining), resetsAt });
      } else {
        const granted = grant(id, need.amount);
        if (granted === "held") this.finish(id, { kind: "held" });
        else if (granted === "over") this.finish(id, { kind: "closed" });
        else if (++need.unanswered > ROUNDS) {
          this.#log("the endpoint neither granted nor refused what was asked for");
          this.finish(id, { kind: "unreachable" });
        }
      }
    }
  }
}
