import type { Allowance, MachineAllowance } from "../../budget/allowance.ts";
import { parseAmount } from "../../budget/money.ts";
import type { SyncReply } from "../../protocol/endpoint.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../service.ts";
import type { AdvanceBook } from "../sync/advanceBook.ts";
import { EndpointClient, type EndpointEvent } from "../sync/endpointClient.ts";
import { currentPeriod } from "../sync/periods.ts";
import { Session } from "../sync/session.ts";
import type { FigureMemory, Figures } from "./figures.ts";

export interface AccountParts {
  clock: Clock;
  memory: FigureMemory;
  log: Log;
  /** The advances of an account, which outlive this object. */
  bookOf(key: string): AdvanceBook;
  /** Allowances, policy, prices or the status of the session are others than before. */
  changed(): void;
}

/** One failed exchange after another is one trouble (ms). */
const TROUBLE_EVERY = 5_000;

/** Somebody who is signed in: the session with their endpoint, what it last said, and their advances. */
export class Account {
  readonly endpoint: string;
  readonly token: string;
  readonly client: EndpointClient;
  readonly session: Session;
  readonly #parts: AccountParts;
  #key: string | undefined;
  #book: AdvanceBook | undefined;
  #figures: Figures | undefined;
  #troubledAt = Number.NEGATIVE_INFINITY;

  /** Begins with what this endpoint last said to the owner of this token, until it says it anew. */
  constructor(endpoint: string, token: string, parts: AccountParts) {
    this.endpoint = endpoint;
    this.token = token;
    this.#parts = parts;
    this.client = new EndpointClient(endpoint, token);
    const owner = parts.memory.ownerOf(endpoint, token);
    const last = owner === undefined ? undefined : parts.memory.restore(owner);
    this.#figures = last?.figures;
    const listener = {
      loaded: (figures: Figures) => this.#loaded(figures),
      event: (event: EndpointEvent) => this.#heard(event),
      statusChanged: () => this.#statusChanged(),
    };
    this.session = new Session(this.client, listener, last?.at, parts.log);
    if (owner !== undefined && last) this.#recognise(owner);
  }

  /** Issuer and subject; undefined until the endpoint has said who this is. */
  get key(): string | undefined {
    return this.#key;
  }

  get book(): AdvanceBook | undefined {
    return this.#book;
  }

  get figures(): Figures | undefined {
    return this.#figures;
  }

  /** The allowances of the periods that run now by the endpoint's clock. */
  allowances(): MachineAllowance[] {
    const { me, skew } = this.#figures ?? { me: undefined, skew: 0 };
    const now = this.#parts.clock.wall() + skew;
    const allowances = me?.allowances.map((allowance) => currentPeriod(allowance, me.team.timeZone, now)) ?? [];
    return this.#book?.withOwnFree(allowances) ?? allowances.map((allowance) => ({ ...allowance, ownFree: "0" }));
  }

  /** The way to the endpoint. @throws Error while there is nobody to talk to */
  reach(): EndpointClient {
    const { phase } = this.session.status;
    if (phase === "offline" || phase === "connecting") throw new Error("the endpoint is out of reach");
    return this.client;
  }

  /** An exchange about money failed: finds out how the endpoint is. */
  trouble(): void {
    const now = this.#parts.clock.monotone();
    if (now - this.#troubledAt < TROUBLE_EVERY) return;
    this.#troubledAt = now;
    this.session.check();
  }

  /** An answer about money brings newer figures along. */
  replied({ allowances, policy }: SyncReply): void {
    if (!this.#figures) return;
    if (policy) this.#figures = { ...this.#figures, policy };
    this.#takeAllowances(allowances);
  }

  #loaded(figures: Figures): void {
    const key = `${this.endpoint}|${figures.me.person.id}`;
    if (this.#key !== key) this.#recognise(key);
    this.#figures = figures;
    this.#book?.retire(figures.me.allowances);
    this.#parts.memory.save(key, figures);
    void this.#book?.tell();
    this.#parts.changed();
  }

  /** It is known whose token it is: from now on money can be held. */
  #recognise(key: string): void {
    this.#key = key;
    this.#book = this.#parts.bookOf(key);
    this.#parts.memory.saveOwner(this.endpoint, this.token, key);
  }

  #statusChanged(): void {
    // A revoked token may still report: what is free goes home, what was spent is told.
    if (this.session.status.phase === "refused") void this.#book?.goHome();
    this.#parts.changed();
  }

  #heard(event: EndpointEvent): void {
    const book = this.#book;
    if (event.name === "advance") book?.recall(event.data);
    if (event.name !== "allowance") return;
    const { allowances } = event.data;
    // The answer to a message that is under way may be older than the event, or newer.
    if (book?.isTalking) void book.tell().then(() => this.#showsMoreSpend(allowances) && this.#takeAllowances(allowances));
    else this.#takeAllowances(allowances);
  }

  /** Spend never falls while a period lasts, so these figures are newer than those that are known. */
  #showsMoreSpend(allowances: readonly Allowance[]): boolean {
    const known = new Map(this.#figures?.me.allowances.map(({ key, spend }) => [key, parseAmount(spend)]));
    const growth = allowances.map(({ key, spend }) => parseAmount(spend) - (known.get(key) ?? 0n));
    return growth.some((more) => more > 0n) && growth.every((more) => more >= 0n);
  }

  #takeAllowances(allowances: Allowance[]): void {
    if (!this.#figures) return;
    this.#figures = { ...this.#figures, me: { ...this.#figures.me, allowances } };
    this.#parts.changed();
  }
}
