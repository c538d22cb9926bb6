import { randomUUID } from "node:crypto";
import { type Nano, parseAmount, type Unit } from "../../budget/money.ts";
import { weightedUsage } from "../../budget/verdict/verdict.ts";
import type { OpenReply, OpenRequest, Settled, Settlement } from "../../protocol/daemon.ts";
import type { Entry } from "../../protocol/endpoint.ts";
import type { WholeInput } from "../../tokens/estimate/calibration.ts";
import type { Usage } from "../../wire/usage.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { drawn, extended, type SpentCall } from "./drawing.ts";
import { grown, holdsOf, recordOf } from "./holding.ts";
import { checkedRequest, checkedSettlement } from "./input.ts";
import { type Admitted, type GuardView, judgeRequest } from "./judging.ts";
import { type OpenRequestState, OpenRequests } from "./openRequests.ts";
import type { OutputBook } from "./outputBook.ts";
import { offlineReason, toReply } from "./reasons.ts";
import { settled, settledReply } from "./settling.ts";

export interface GuardParts {
  ledger: Ledger;
  outputs: Pick<OutputBook, "norms">;
  clock: Clock;
  view(): Promise<GuardView>;
  /** Reads figures, policy and prices anew. */
  reload(): Promise<void>;
  changed(): void;
  /** The same, because something was spent. */
  spent(): void;
  /** A request was settled: nobody waits for what can be learned from it. `whole`: what was counted of it before it was sent. */
  learn(entry: Entry, whole: WholeInput | undefined): void;
}

/** How often a request is judged again because the rules changed under it. */
const TRIES = 3;

/** The one pipeline: estimate -> verdict -> hold -> sent -> settle. Every way in ends here. */
export class Guard {
  readonly #parts: GuardParts;
  readonly #open = new OpenRequests();
  /** Requests that are being judged. */
  readonly #judging = new Map<string, Promise<unknown>>();

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /** @throws Error, for people, when the request makes no sense, or cannot be written down */
  async open(request: OpenRequest, client: string): Promise<OpenReply> {
    const asked = this.#unspent(checkedRequest(request));
    // The same request may come over a new connection while the old one's is still being judged.
    while (this.#judging.has(asked.id)) await this.#judging.get(asked.id)!.catch(() => {});
    const judging = this.#judge(asked, client);
    this.#judging.set(asked.id, judging);
    try {
      return await judging;
    } finally {
      this.#judging.delete(asked.id);
    }
  }

  /** A request that is asked for again, after a daemon that had let it go died before it could say so, goes by another id. */
  #unspent(request: OpenRequest): OpenRequest {
    return this.#parts.ledger.entry(request.id) ? { ...request, id: randomUUID() } : request;
  }

  async #judge(request: OpenRequest, client: string): Promise<OpenReply> {
    const held = this.#open.get(request.id);
    if (held) {
      held.client = client;
      return held.reply;
    }
    for (let attempt = 1; ; attempt++) {
      const judgement = await judgeRequest(request, await this.#parts.view(), this.#parts.outputs.norms);
      if (judgement.kind === "answered") return judgement.reply;
      if (judgement.kind === "admitted") return this.#hold(request, client, judgement.admitted);
      if (attempt === TRIES) throw new Error("The team's rules keep changing while this request is judged. Try again.");
      await this.#parts.reload();
    }
  }

  #hold(request: OpenRequest, client: string, admitted: Admitted): OpenReply {
    const { view, verdict, estimate, holds } = admitted;
    const record = recordOf(request, admitted, view.now);
    try {
      this.#mustWrite(() => this.#parts.ledger.hold(record));
    } catch (error) {
      view.book?.release(request.id, holds);
      throw error;
    }
    const reply = { ...toReply(request.id, verdict, view.policy.version), decision: "allow" as const, held: record.held };
    const { policy } = view.policy;
    this.#open.add({ record, client, policy, book: view.book, whole: estimate.whole, reply, growing: Promise.resolve() });
    this.#parts.changed();
    return reply;
  }

  /** The request's first byte is about to leave. @throws Error, for people, when that cannot be written down: it must not, then */
  sent(id: string): void {
    const state = this.#open.known(id);
    if (state.record.sent) return;
    this.#mustWrite(() => this.#parts.ledger.sent(id));
    state.record = { ...state.record, sent: true };
  }

  /** @returns whether the hold now covers `output` tokens */
  async grow(id: string, output: number): Promise<boolean> {
    const state = this.#open.known(id);
    const raised = state.growing.then(() => this.#raise(id, state, output));
    state.growing = raised.catch(() => {}); // who asked hears of it
    return await raised;
  }

  async #raise(id: string, state: OpenRequestState, output: number): Promise<boolean> {
    const { record, policy } = state;
    const next = grown(record, policy, output);
    if (!next) return true;
    if (!(await this.#setAside(state, next.more))) return false;
    if (this.#open.get(id) !== state) return false; // it ended meanwhile
    state.record = { ...next.record, sent: state.record.sent };
    this.#parts.ledger.hold(state.record, "grow");
    this.#parts.changed();
    return true;
  }

  /** Sets so much more aside for a request, also where nobody can be asked and its policy lets people go on then. */
  async #setAside({ record, policy, book }: OpenRequestState, more: Record<Unit, Nano>): Promise<boolean> {
    if (!book) return true;
    const holds = holdsOf(record);
    const growth = await book.grow(record.id, holds, more);
    if (growth !== "unreachable") return growth === "grown";
    if (offlineReason(policy, book.beyond() + more.usd).length > 0) return false;
    book.lower(record.id, holds, { usd: -more.usd, tokens: -more.tokens });
    return true;
  }

  /** @throws Error when there is no such request, or its usage makes no sense */
  settle(settlement: Settlement): Settled {
    const checked = checkedSettlement(settlement);
    const { id } = checked;
    const state = this.#open.get(id);
    if (!state) return this.#settledBefore(id);
    const { record, book, policy, whole } = state;
    const { entry, used } = settled(record, checked, policy);
    book?.settle(id, holdsOf(record), used);
    try {
      this.#parts.ledger.settle(record, entry);
      setImmediate(() => this.#parts.learn(entry, whole));
    } finally {
      this.#open.delete(id);
      this.#parts.spent(); // whether or not that could be written down
    }
    return settledReply(entry);
  }

  /** Said again by a client that did not hear the answer, or settled without it because the daemon was gone: what was booked stands. */
  #settledBefore(id: string): Settled {
    const entry = this.#parts.ledger.entry(id);
    if (!entry) throw new Error(`no open request ${id}`);
    return settledReply(entry);
  }

  /**
   * Books a call that was made without asking for it by itself, out of the hold of `turn` as far as that goes. Undefined where it was booked
   * before. @throws Error where it could not be booked
   */
  async book(call: SpentCall, turn?: string): Promise<Entry | undefined> {
    const { ledger, spent } = this.#parts;
    if (ledger.entry(call.id)) return undefined;
    const view = await this.#parts.view();
    if (ledger.entry(call.id)) return undefined; // it came twice at once
    const state = turn === undefined ? undefined : this.#open.get(turn);
    const away = state && state.record.account !== view.account ? state : undefined;
    const policy = { ...view.policy, policy: away?.policy ?? view.policy.policy };
    const { record, entry, used, parts, turn: lowered } = drawn(call, { ...view, policy }, state?.record);
    const { book } = away ?? view;
    const forced = book?.force(call.id, parts, call.ref) ?? [];
    const holds = away ? holdsOf(away.record) : forced;
    book?.settle(call.id, holds, used);
    if (state && lowered) {
      state.book?.lower(state.record.id, holdsOf(state.record), lowered.less);
      state.record = lowered.record;
    }
    const booked = { ...record, holds: holds.map((hold) => ({ ...hold, amount: "0" })) };
    try {
      ledger.draw(booked, entry, state?.record);
    } catch (error) {
      if (!ledger.entry(call.id)) throw error; // else it is kept in memory for now
    } finally {
      spent(); // whether or not that could be written down
    }
    return entry;
  }

  /** Raises the hold of a turn by so much, where the allowances permit. @throws Error when there is no such turn, or it cannot be written down */
  async extend(id: string, usage: Usage): Promise<boolean> {
    const state = this.#open.known(id);
    const weigh = (held: Usage) => weightedUsage(held, state.policy);
    const raise = async () => {
      const { more } = extended(state.record, usage, weigh);
      if (!(await this.#setAside(state, more))) return false;
      if (this.#open.get(id) !== state) return false; // it ended meanwhile
      state.record = extended(state.record, usage, weigh).record; // calls may have been drawn from it meanwhile
      this.#parts.ledger.hold(state.record, "grow");
      this.#parts.changed();
      return true;
    };
    const raised = state.growing.then(raise);
    state.growing = raised.catch(() => {}); // who asked hears of it
    return await raised;
  }

  /** What is open and was sent under this id: what it holds in US dollars, undefined where there is nothing. */
  held(id: string): Nano | undefined {
    const state = this.#open.get(id);
    return state && parseAmount(state.record.held.usd);
  }

  /** The request never left, or uses no more of its hold, as who opened it knows. */
  release(id: string): void {
    const state = this.#open.get(id);
    if (!state) return; // released or settled before: nothing is held
    state.book?.release(id, holdsOf(state.record));
    try {
      this.#parts.ledger.release(id);
    } finally {
      this.#close(id); // whether or not that could be written down
    }
  }

  /** Nobody will see the request's end: it is charged at what was held where it was sent, else released. */
  lose(id: string): void {
    const { record } = this.#open.get(id) ?? {};
    if (record?.sent) this.settle({ id, usage: record.heldUsage, usageSource: "uncertain" });
    else this.release(id);
  }

  /** @throws AggregateError where something could not be written down */
  clientGone(client: string): void {
    const errors: unknown[] = [];
    for (const { record } of this.#open.of(client)) {
      try {
        this.lose(record.id);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "what a client left could not be written down");
  }

  /** Resolves when no request is open. */
  idle(): Promise<void> {
    return this.#open.idle();
  }

  #mustWrite(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw new Error(`The hold could not be written down, so the request must not be sent: ${(error as Error).message}`);
    }
  }

  #close(id: string): void {
    this.#open.delete(id);
    this.#parts.changed();
  }
}
