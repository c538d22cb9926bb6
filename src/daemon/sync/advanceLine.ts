import { randomUUID } from "node:crypto";
import {
  admits,
  forceHold,
  freeOf,
  giveBack,
  isAboveCap,
  isFinished,
  keepOf,
  type MachineAdvance,
  mergeReply,
  nextReport,
  openHolds,
  placeHold,
  releaseHold,
  settleHold,
} from "../../budget/advance/machine.ts";
import { formatAmount, max, min, type Nano, parseAmount } from "../../budget/money.ts";
import type { SyncReply } from "../../protocol/endpoint.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { StoredAdvance } from "../ledger/records.ts";
import type { Log } from "../service.ts";
import { type EndpointClient, EndpointError } from "./endpointClient.ts";
import { type Grant, type NeedOutcome, Needs } from "./needs.ts";
import { isRefusal, reasonOf } from "./session.ts";

export interface LineParts {
  /** @throws Error while there is nobody to talk to, so that no one waits for an answer that will not come */
  client(): EndpointClient;
  /** An exchange failed: time to find out how the endpoint is. */
  trouble(): void;
  log: Log;
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
const NEEDS_AT_ONCE = 200;

/**
 * One advance on its way through life: opened at the endpoint with the first sync, then one message at a time, each carrying ALL undecided
 * needs. Every change of what was spent or returned is in the ledger before it is told.
 */
export class AdvanceLine {
  #advance: MachineAdvance;
  #stored: StoredAdvance;
  /** What the endpoint knows to be returned; the rest of `returned` still counts as held there. */
  #returnedKnown: Nano;
  /** What the endpoint knows to be spent. */
  #spentKnown: Nano;
  readonly #parts: LineParts;
  readonly #needs: Needs;
  #talking: Promise<void> | undefined;
  #dirty = false;
  /** What is not told yet is to be told now. */
  #due = false;
  #lost = false;

  constructor(advance: MachineAdvance, stored: StoredAdvance, parts: LineParts) {
    this.#advance = advance;
    this.#stored = stored;
    this.#returnedKnown = advance.returned;
    this.#parts = parts;
    this.#needs = new Needs(parts.clock, parts.log);
    this.#spentKnown = stored.remote === undefined ? 0n : advance.spent - this.#undelivered();
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

  /** Of what the endpoint counts as held: what no request uses or has set aside. Below 0: what it does not count at all so far. */
  ownFree(): Nano {
    const { granted, spent } = this.#advance;
    const counted = this.#spentKnown + max(0n, granted - this.#spentKnown - this.#returnedKnown);
    return counted - spent - openHolds(this.#advance);
  }

  /** Holds if it fits now, without asking anybody. */
  tryHold(request: string, amount: Nano): boolean {
    if (this.#needs.size > 0 || !admits(this.#advance, amount, this.#parts.clock.monotone())) return false;
    this.#advance = placeHold(this.#advance, request, amount, this.#parts.clock.monotone());
    return true;
  }

  /** Asks the endpoint, together with all that wait; but not for what it has just refused. */
  need(request: string, amount: Nano): Promise<NeedOutcome> {
    const refused = this.#needs.refusedLately(amount);
    if (refused) return Promise.resolve(refused);
    const outcome = this.#needs.add(request, amount);
    void this.talk();
    return outcome;
  }

  force(request: string, amount: Nano): void {
    this.#advance = forceHold(this.#advance, request, amount);
  }

  /** Adds to a hold that is still open, out of money that was set aside for that. */
  raise(request: string, amount: Nano): void {
    const held = this.#advance.holds.get(request);
    if (held !== undefined) this.force(request, held + amount);
  }

  release(request: string): void {
    this.forgetRefusal();
    this.#advance = releaseHold(this.#advance, request);
  }

  /** Books what a request used. */
  settle(request: string, used: Nano): void {
    this.forgetRefusal();
    this.#advance = settleHold(this.#advance, request, used);
    this.#dirty = true;
  }

  /** Something has changed: what was refused may be granted now. */
  forgetRefusal(): void {
    this.#needs.forgetRefusal();
  }

  /** The endpoint wants money back, or the whole advance. */
  recall({ cap, close }: { cap?: string | undefined; close?: boolean | undefined }): void {
    this.#advance = {
      ...this.#advance,
      ...(cap !== undefined && { cap: parseAmount(cap) }),
      draining: this.#advance.draining || close === true,
    };
    this.#dirty = true; // the answer that is under way may not know of it
    void this.talk();
  }

  /** Takes money along, as far as it is granted, to be used until an instant of the monotone clock (ms). */
  async takeAlong(amount: Nano, until: number): Promise<NeedOutcome> {
    const id = `travel ${randomUUID()}`; // two windows may ask at once
    const outcome: NeedOutcome = this.tryHold(id, amount) ? { kind: "held" } : await this.need(id, amount);
    if (outcome.kind === "held") this.travelOn(amount, until);
    this.release(id);
    return outcome;
  }

  /** Goes on with money that was taken along before. */
  travelOn(amount: Nano, until: number): void {
    this.#advance = { ...this.#advance, travel: { amount, until } };
  }

  /** What was taken along and is not used goes home with the next message. */
  endTravel(): void {
    this.#advance = { ...this.#advance, travel: undefined };
    this.#dirty = true;
  }

  drain(): void {
    this.#advance = { ...this.#advance, draining: true, travel: undefined };
  }

  /** The endpoint will never take its messages: it does not know the advance, or its allowances are over. */
  get isLost(): boolean {
    return this.#lost;
  }

  /** Empties a lost advance: what was spent and not reported is for another to report. */
  surrender(): Nano {
    const unreported = this.#advance.spent - this.#spentKnown;
    this.#advance = { ...this.#advance, granted: 0n, spent: 0n, returned: 0n };
    this.#spentKnown = 0n;
    this.#returnedKnown = 0n;
    return unreported;
  }

  /** Whether it may be forgotten: told to the last entry, with nothing left to give back. */
  get isFinished(): boolean {
    if (this.#lost) return this.#advance.holds.size === 0 && this.#advance.spent === 0n;
    return isFinished(this.#advance) && !this.#dirty && this.#needs.size === 0 && this.#returnedKnown === this.#advance.returned;
  }

  /**
   * Says all there is to say by now; resolves when the endpoint has heard it or cannot be reached. One conversation at a time: what is spent
   * meanwhile waits until somebody talks again, so that a busy machine does not talk all the time.
   */
  talk(): Promise<void> {
    this.#due = true;
    this.#talking ??= this.#converse().finally(() => {
      this.#talking = undefined;
    });
    return this.#talking;
  }

  async #converse(): Promise<void> {
    while (!this.#lost) {
      try {
        if (this.#isUntouched) {
          this.#dirty = false;
          return this.#parts.ledger.saveAdvance(this.#parts.account, this.stored, true);
        }
        await this.#exchange();
      } catch (error) {
        this.#giveUp(error);
        return;
      }
      if (this.#needs.size === 0 && !(this.#due && this.#dirty)) return;
    }
    this.#needs.finishAll({ kind: "closed" });
  }

  /** Over before the endpoint heard of it. */
  get #isUntouched(): boolean {
    const { draining, holds, spent } = this.#advance;
    return this.#stored.remote === undefined && draining && holds.size === 0 && spent === 0n && this.#needs.size === 0;
  }

  /** One message and its answer. @throws when there is no answer */
  async #exchange(): Promise<void> {
    const { ledger, clock, account } = this.#parts;
    const client = this.#parts.client();
    const { unit, keys } = this.#advance;
    if (this.#stored.remote === undefined) {
      const remote = await client.openAdvance({ machine: this.#stored.machine, unit, allowances: keys }, this.#advance.id);
      this.#stored = { ...this.#stored, remote };
    }
    const want = this.#parts.want();
    this.#advance = nextReport(giveBack(this.#advance, want));
    this.#dirty = false;
    this.#due = false;
    ledger.saveAdvance(account, this.stored);
    const { seq, granted, spent, returned } = this.#advance;
    const asked = this.#needs.first(NEEDS_AT_ONCE);
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
    // What the answer calls back goes home with the next message, and what this one had no room for is in it.
    if (isAboveCap(this.#advance) || entries.length === ENTRIES_AT_ONCE) {
      this.#dirty = true;
      this.#due = true;
    }
    this.#returnedKnown = max(this.#returnedKnown, returned);
    this.#spentKnown = max(this.#spentKnown, spent);
    ledger.exchanged(account, this.stored, this.isFinished, reply.entries);
    this.#needs.decide(asked, reply, (id, amount) => this.#grant(id, amount));
    this.#parts.replied(reply);
  }

  #grant(request: string, amount: Nano): Grant {
    const now = this.#parts.clock.monotone();
    if (!admits(this.#advance, amount, now)) return this.#advance.draining ? "over" : "short";
    this.#advance = placeHold(this.#advance, request, amount, now);
    return "held";
  }

  #giveUp(error: unknown): void {
    this.#dirty = true;
    const { status } = error instanceof EndpointError ? error : { status: undefined };
    this.#lost = status === 404 || status === 409 || (status === 422 && this.#stored.remote === undefined);
    if (this.#lost) this.drain();
    this.#parts.log(`advance ${this.id}: ${reasonOf(error)}`);
    const outcome: NeedOutcome = isRefusal(error)
      ? { kind: "denied", reason: reasonOf(error) }
      : { kind: this.#lost ? "closed" : "unreachable" };
    this.#needs.finishAll(outcome);
    this.#parts.trouble();
  }

  /** The spend of entries that the endpoint has not acknowledged, in this advance's unit. */
  #undelivered(): Nano {
    const entries = this.#parts.ledger.undelivered(this.#parts.account, this.id, -1);
    return entries.reduce((sum, { cost, tokens }) => sum + parseAmount(this.#advance.unit === "usd" ? cost : tokens), 0n);
  }

  /** Whether more free money lies here than demand, fading, still wants. */
  hasTooMuch(): boolean {
    return this.isDirty || freeOf(this.#advance) > keepOf(this.#advance, this.#parts.want());
  }

  /** Whether free money is to go home at once: others wait for it. */
  get isAboveCap(): boolean {
    return isAboveCap(this.#advance);
  }

  /** What was spent and is held beyond it, and not told yet (nano of its unit). */
  get beyond(): Nano {
    const untold = this.#advance.spent - this.#spentKnown + openHolds(this.#advance);
    return max(0n, min(-freeOf(this.#advance), untold));
  }

  /** Whether free money has fallen below half of what is worth having, as far as the endpoint gives so much. */
  runsLow(): boolean {
    const { draining, cap } = this.#advance;
    const want = this.#parts.want();
    return !draining && freeOf(this.#advance) < (cap === undefined ? want : min(want, cap)) / 2n;
  }

  /** As the ledger is to have it. */
  get stored(): StoredAdvance {
    const { granted, spent, returned, seq } = this.#advance;
    this.#stored = { ...this.#stored, granted, spent, returned, seq };
    return this.#stored;
  }
}
