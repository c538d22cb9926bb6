import {
  admits,
  forceHold,
  freeOf,
  growHold,
  isFinished,
  keepOf,
  type MachineAdvance,
  mergeReply,
  nextReport,
  openHolds,
  placeHold,
  releaseHold,
  returnAbove,
  settleHold,
} from "../../budget/advance/machine.ts";
import { formatAmount, max, type Nano, parseAmount } from "../../budget/money.ts";
import type { SyncReply } from "../../protocol/endpoint.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { StoredAdvance } from "../ledger/records.ts";
import { type EndpointClient, EndpointError } from "./endpointClient.ts";

/** What came of a need. */
export type NeedOutcome =
  | { kind: "held" }
  /** The endpoint said no, explicitly. */
  | { kind: "refused"; allowance: string; remaining: Nano; resetsAt: string }
  /** The advance is over: read the allowances again, then ask for another. */
  | { kind: "closed" }
  /** Nobody could be asked. */
  | { kind: "unreachable"; error: unknown };

interface Need {
  amount: Nano;
  done: (outcome: NeedOutcome) => void;
}

export interface LineParts {
  client: EndpointClient;
  ledger: Ledger;
  clock: Clock;
  account: string;
  /** Names this run of the daemon: an advance has one owner. */
  machine: string;
  policyVersion(): number;
  /** How much free money is worth having. */
  want(): Nano;
  replied(reply: SyncReply): void;
}

const ENTRIES_AT_ONCE = 500;
/** A grant that another request ate is asked for again this often, then given up. */
const ROUNDS = 4;

/**
 * One advance on its way through life: opened at the endpoint with the first sync, then one message at a time, each carrying ALL undecided
 * needs. Every change of what was spent or returned is in the ledger before it is told.
 */
export class AdvanceLine {
  #advance: MachineAdvance;
  #stored: StoredAdvance;
  /** What the endpoint knows to be returned; the rest of `returned` still counts as held there. */
  #returnedKnown: Nano;
  readonly #parts: LineParts;
  readonly #needs = new Map<string, Need>();
  #talking: Promise<void> | undefined;
  #dirty = false;
  #lost = false;

  constructor(advance: MachineAdvance, stored: StoredAdvance, parts: LineParts) {
    this.#advance = advance;
    this.#stored = stored;
    this.#returnedKnown = advance.returned;
    this.#parts = parts;
  }

  get id(): string {
    return this.#advance.id;
  }
  get remote(): string | undefined {
    return this.#stored.remote;
  }
  get advance(): MachineAdvance {
    return this.#advance;
  }
  get isTalking(): boolean {
    return this.#talking !== undefined;
  }
  /** Something was spent, settled or returned that the endpoint has not been told. */
  get isDirty(): boolean {
    return this.#dirty;
  }

  /** Of what the endpoint counts as held: what no request uses or has set aside. */
  ownFree(): Nano {
    return max(0n, this.#advance.granted - this.#advance.spent - openHolds(this.#advance) - this.#returnedKnown);
  }

  /** Holds if it fits now, without asking anybody. */
  tryHold(request: string, amount: Nano): boolean {
    if (this.#needs.size > 0 || !admits(this.#advance, amount, this.#parts.clock.monotone())) return false;
    this.#advance = placeHold(this.#advance, request, amount, this.#parts.clock.monotone());
    return true;
  }

  /** Asks the endpoint, together with all that wait. */
  need(request: string, amount: Nano): Promise<NeedOutcome> {
    const { promise, resolve } = Promise.withResolvers<NeedOutcome>();
    this.#needs.set(request, { amount, done: resolve });
    void this.talk();
    return promise;
  }

  force(request: string, amount: Nano): void {
    this.#advance = forceHold(this.#advance, request, amount);
  }

  grow(request: string, amount: Nano): boolean {
    const before = this.#advance;
    this.#advance = growHold(before, request, amount, this.#parts.clock.monotone());
    return this.#advance !== before;
  }

  release(request: string): void {
    this.#advance = releaseHold(this.#advance, request);
  }

  /** Books what a request used, and returns what the ledger must write with its entry. */
  settle(request: string, used: Nano): StoredAdvance {
    this.#advance = settleHold(this.#advance, request, used);
    this.#dirty = true;
    return this.#toStore();
  }

  /** The endpoint wants money back, or the whole advance. */
  recall({ cap, close }: { cap?: string | undefined; close?: boolean | undefined }): void {
    this.#advance = {
      ...this.#advance,
      ...(cap !== undefined && { cap: parseAmount(cap) }),
      draining: this.#advance.draining || close === true,
    };
    void this.talk();
  }

  drain(): void {
    this.#advance = { ...this.#advance, draining: true };
  }

  /** Whether it may be forgotten: told to the last entry, with nothing left to give back. */
  get isFinished(): boolean {
    if (this.#lost) return this.#advance.holds.size === 0;
    return isFinished(this.#advance) && !this.#dirty && this.#needs.size === 0 && this.#returnedKnown === this.#advance.returned;
  }

  /** Says all there is to say; resolves when the endpoint has heard it or cannot be reached. One conversation at a time. */
  talk(): Promise<void> {
    this.#talking ??= this.#converse().finally(() => {
      this.#talking = undefined;
    });
    return this.#talking;
  }

  async #converse(): Promise<void> {
    for (let round = 0; ; round++) {
      try {
        await this.#exchange(round);
      } catch (error) {
        this.#giveUp(error);
        return;
      }
      if (this.#needs.size === 0 && !this.#dirty) return;
    }
  }

  /** One message and its answer. @throws when there is no answer */
  async #exchange(round: number): Promise<void> {
    const { client, ledger, clock, account } = this.#parts;
    const { unit, keys } = this.#advance;
    if (this.#stored.remote === undefined) {
      const remote = await client.openAdvance({ machine: this.#stored.machine, unit, allowances: keys }, this.#advance.id);
      this.#stored = { ...this.#stored, remote };
    }
    const want = this.#parts.want();
    if (this.#needs.size === 0) this.#advance = returnAbove(this.#advance, keepOf(this.#advance, want));
    this.#advance = nextReport(this.#advance);
    this.#dirty = false;
    ledger.saveAdvance(account, this.#toStore());
    const { seq, granted, spent, returned } = this.#advance;
    const asked = [...this.#needs];
    const entries = ledger.undelivered(account, this.id, ENTRIES_AT_ONCE);
    const sentAt = clock.monotone();
    const reply = await client.sync(this.#stored.remote!, {
      machine: this.#stored.machine,
      seq,
      granted: formatAmount(granted),
      spent: formatAmount(spent),
      returned: formatAmount(returned),
      open: formatAmount(openHolds(this.#advance)),
      needs: asked.map(([id, { amount }]) => ({ id, amount: formatAmount(amount) })),
      want: formatAmount(this.#advance.draining ? 0n : want),
      policyVersion: this.#parts.policyVersion(),
      entries,
    });
    this.#advance = mergeReply(
      this.#advance,
      { ...reply, granted: parseAmount(reply.granted), cap: parseAmount(reply.cap) },
      sentAt,
    );
    this.#returnedKnown = max(this.#returnedKnown, returned);
    ledger.markDelivered(reply.entries);
    if (entries.length === ENTRIES_AT_ONCE) this.#dirty = true;
    ledger.saveAdvance(account, this.#toStore(), this.isFinished);
    this.#decide(asked, reply, round);
    this.#parts.replied(reply);
  }

  /** Refused only where the endpoint says so; what merely does not fit (another request was quicker) is asked for again. */
  #decide(asked: [string, Need][], reply: SyncReply, round: number): void {
    const now = this.#parts.clock.monotone();
    for (const [id, need] of asked) {
      const refusal = reply.refused.find((one) => one.id === id);
      if (refusal) {
        this.#finish(id, {
          kind: "refused",
          allowance: refusal.allowance,
          remaining: parseAmount(refusal.remaining),
          resetsAt: refusal.resetsAt,
        });
      } else if (admits(this.#advance, need.amount, now)) {
        this.#advance = placeHold(this.#advance, id, need.amount, now);
        this.#finish(id, { kind: "held" });
      } else if (this.#advance.draining) {
        this.#finish(id, { kind: "closed" });
      } else if (round >= ROUNDS) {
        this.#finish(id, { kind: "unreachable", error: new Error("the endpoint neither granted nor refused it") });
      }
    }
  }

  #finish(id: string, outcome: NeedOutcome): void {
    this.#needs.get(id)?.done(outcome);
    this.#needs.delete(id);
  }

  #giveUp(error: unknown): void {
    this.#dirty = true;
    // What the endpoint will never take, however often it is sent: the advance is not its own (any more), or its allowances are over.
    const over = error instanceof EndpointError && [404, 409, 422].includes(error.status);
    if (over) {
      this.#lost = true;
      this.drain();
      this.#parts.ledger.saveAdvance(this.#parts.account, this.#stored, true);
    }
    for (const id of [...this.#needs.keys()]) this.#finish(id, over ? { kind: "closed" } : { kind: "unreachable", error });
  }

  /** Whether more free money lies here than demand, fading, still wants. */
  hasTooMuch(): boolean {
    return this.isDirty || freeOf(this.#advance) > keepOf(this.#advance, this.#parts.want());
  }

  /** Whether free money has fallen below half of what is worth having. */
  runsLow(): boolean {
    return !this.#advance.draining && freeOf(this.#advance) < this.#parts.want() / 2n;
  }

  #toStore(): StoredAdvance {
    const { granted, spent, returned, seq } = this.#advance;
    this.#stored = { ...this.#stored, granted, spent, returned, seq };
    return this.#stored;
  }
}
