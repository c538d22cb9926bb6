import type { Policy } from "../../budget/policy/policy.ts";
import type { OpenReply } from "../../protocol/daemon.ts";
import type { WholeInput } from "../../tokens/estimate/calibration.ts";
import type { OpenRecord } from "../ledger/records.ts";
import type { Book } from "./book.ts";

/** A request whose hold stands. */
export interface OpenRequestState {
  record: OpenRecord;
  client: string;
  policy: Policy;
  book: Book | undefined;
  /** What can be learned from, once the provider has counted it. */
  whole: WholeInput | undefined;
  reply: OpenReply;
  /** Its last raise: they go one after the other, each from what the one before left. */
  growing: Promise<unknown>;
}

/** The requests whose holds stand, by id. */
export class OpenRequests {
  readonly #states = new Map<string, OpenRequestState>();
  #idle: (() => void)[] = [];

  get(id: string): OpenRequestState | undefined {
    return this.#states.get(id);
  }

  /** @throws Error when there is no such request */
  known(id: string): OpenRequestState {
    const state = this.#states.get(id);
    if (!state) throw new Error(`no open request ${id}`);
    return state;
  }

  of(client: string): OpenRequestState[] {
    return [...this.#states.values()].filter((state) => state.client === client);
  }

  add(state: OpenRequestState): void {
    this.#states.set(state.record.id, state);
  }

  delete(id: string): void {
    this.#states.delete(id);
    if (this.#states.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when no request is open. */
  idle(): Promise<void> {
    return this.#states.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }
}
