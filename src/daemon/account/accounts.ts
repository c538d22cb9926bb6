import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../service.ts";
import { AdvanceBook } from "../sync/advanceBook.ts";
import type { EndpointClient } from "../sync/endpointClient.ts";
import { Travels } from "../sync/travels.ts";
import { Account } from "./account.ts";
import { FigureMemory } from "./figures.ts";
import { Returning } from "./returning.ts";

export interface AccountsParts {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  /** How the endpoint is reached. */
  fetch: typeof fetch;
  changed(): void;
}

/** How long the last words to the endpoint may take when somebody signs out (ms). */
const GOODBYE = 3_000;

/** Who is signed in, one at a time; and the advances of all who were, for requests may outlive a sign-out. */
export class Accounts {
  readonly #parts: AccountsParts;
  readonly #memory: FigureMemory;
  readonly #books = new Map<string, AdvanceBook>();
  /** Names this run of the daemon: an advance has one owner. */
  readonly #machine = randomUUID();
  readonly #returning: Returning;
  #current: Account | undefined;
  /** Signing in or out, one after the other: every window may do it at the same moment. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(parts: AccountsParts) {
    this.#parts = parts;
    this.#memory = new FigureMemory(parts.ledger, parts.log);
    const gone = (account: string) => parts.log(`nobody is signed in: no window has brought ${account} back`);
    this.#returning = new Returning(this.#memory.signedIn, gone);
  }

  get current(): Account | undefined {
    return this.#current;
  }

  /** Resolves when it is known who is signed in, and has been tried to hear from their endpoint. */
  async known(): Promise<void> {
    await this.#returning.over;
    await this.#current?.session.firstTry;
  }

  /** Somebody was signed in when the last daemon ended, and no window has brought them back yet. */
  get isMissing(): boolean {
    return this.#returning.isMissing;
  }

  /** How far an account's endpoint was ahead of this machine's clock when it was last heard (ms). */
  skewOf(account: string): number {
    return this.#memory.restore(account)?.skew ?? 0;
  }

  /** Signs in, unless they are signed in already; whoever else was leaves. */
  enter(endpoint: string, token: string): Promise<Account> {
    return this.#inTurn(async () => {
      const { current } = this;
      const isKnown = current?.endpoint === endpoint && current.token === token;
      if (isKnown && current.session.status.phase !== "refused") return current;
      await this.#leave();
      return this.#join(endpoint, token);
    });
  }

  /** Nobody may be signed in. */
  #join(endpoint: string, token: string): Account {
    const { clock, log, fetch, changed } = this.#parts;
    const bookOf = (key: string) => this.#bookOf(key);
    this.#current = new Account(endpoint, token, { clock, memory: this.#memory, log, fetch, bookOf, changed });
    this.#returning.end();
    changed();
    return this.#current;
  }

  /** Somebody signs out: nobody is waited for at the next start. */
  signOut(): Promise<void> {
    return this.#inTurn(async () => {
      this.#memory.signedOut();
      this.#returning.end();
      await this.#leave();
    });
  }

  /** Ends the account's session; gives back what is free, as far as the endpoint answers in time; but for what was taken along, where `travelling`. */
  leave(travelling = false): Promise<void> {
    return this.#inTurn(() => this.#leave(travelling));
  }

  async #leave(travelling = false): Promise<void> {
    const account = this.#current;
    if (!account) return;
    if (account.book) await Promise.race([account.book.goHome(travelling), delay(GOODBYE, undefined, { ref: false })]);
    account.session.close();
    this.#current = undefined;
  }

  #inTurn<R>(change: () => Promise<R>): Promise<R> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => {}); // who asked hears of it
    return changed;
  }

  dispose(): void {
    this.#returning.end();
    for (const book of this.#books.values()) book.dispose();
  }

  /** One for each account as long as the daemon runs: nobody else may have their advances. */
  #bookOf(key: string): AdvanceBook {
    const known = this.#books.get(key);
    if (known) return known;
    const { ledger, clock, log } = this.#parts;
    const book = new AdvanceBook({
      ...{ log, ledger, clock, account: key, machine: this.#machine, travels: new Travels(ledger, clock, key) },
      client: () => this.#reach(key),
      trouble: () => this.#of(key)?.trouble(),
      policyVersion: () => this.#current?.figures?.policy.version ?? 0,
      replied: (reply) => this.#of(key)?.replied(reply),
    });
    this.#books.set(key, book);
    return book;
  }

  /** The account while it is the one that is signed in. */
  #of(key: string): Account | undefined {
    return this.#current?.key === key ? this.#current : undefined;
  }

  /** @throws Error while there is nobody to talk to */
  #reach(key: string): EndpointClient {
    const account = this.#of(key);
    if (!account) throw new Error("signed out");
    return account.reach();
  }
}
