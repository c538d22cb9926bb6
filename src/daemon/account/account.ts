import type { Allowance, MachineAllowance } from "../../budget/allowance/allowance.ts";
import type { GrantDecision } from "../../budget/allowance/grant.ts";
import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import type { Asking, State } from "../../protocol/daemon.ts";
import type { Grant, SyncReply } from "../../protocol/endpoint.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../service.ts";
import type { AdvanceBook } from "../sync/advanceBook.ts";
import { EndpointClient, type EndpointEvent } from "../sync/endpointClient.ts";
import { currentPeriod } from "../sync/periods.ts";
import { reasonOf, Session } from "../sync/session.ts";
import type { FigureMemory, Figures } from "./figures.ts";
import { GrantBook } from "./grantBook.ts";

export interface AccountParts {
  clock: Clock;
  memory: FigureMemory;
  log: Log;
  fetch: typeof fetch;
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
  readonly #grants = new GrantBook();
  #key: string | undefined;
  #book: AdvanceBook | undefined;
  #figures: Figures | undefined;
  /** When the endpoint last told the time: epoch ms by its clock, and what had elapsed here. */
  #told: { now: number; elapsed: number } | undefined;
  /** How many answers about money have come. */
  #replies = 0;
  #troubledAt = Number.NEGATIVE_INFINITY;

  /** Begins with what this endpoint last said to the owner of this token, until it says it anew. */
  constructor(endpoint: string, token: string, parts: AccountParts) {
    this.endpoint = endpoint;
    this.token = token;
    this.#parts = parts;
    this.client = new EndpointClient(endpoint, token, parts.fetch);
    const owner = parts.memory.ownerOf(endpoint, token);
    const last = owner === undefined ? undefined : parts.memory.restore(owner);
    this.#figures = last;
    const listener = {
      loading: () => this.#replies,
      loaded: (figures: Figures, begun: number) => this.#loaded(this.#withNewest(figures, begun)),
      event: (event: EndpointEvent) => this.#heard(event),
      statusChanged: () => this.#statusChanged(),
    };
    this.session = new Session(this.client, listener, {
      ...{ log: parts.log, wall: parts.clock.wall, now: () => this.now() },
      ...(last && { lastSync: last.me.now }),
    });
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

  /** Epoch ms by the endpoint's clock: the time that it told, and what has passed since. So no setting of this machine's clock moves a reset. */
  now(): number {
    const { clock } = this.#parts;
    if (this.#told) return this.#told.now + clock.elapsed() - this.#told.elapsed;
    if (!this.#figures) return clock.wall();
    // Of an earlier run: this machine's clock is all there is, but it never goes back behind what was told.
    return Math.max(clock.wall() + this.#figures.skew, Date.parse(this.#figures.me.now));
  }

  /** The allowances of the periods that run now by the endpoint's clock. */
  allowances(): MachineAllowance[] {
    const { me } = this.#figures ?? {};
    const now = this.now();
    const allowances = me?.allowances.map((allowance) => currentPeriod(allowance, me.team.timeZone, now)) ?? [];
    return this.#book?.withOwnFree(allowances) ?? allowances.map((allowance) => ({ ...allowance, ownFree: "0" }));
  }

  /**
   * Takes money (nano-USD) along for so long (ms), at most until the next reset.
   * @throws Error, for people, where it is not granted
   */
  async takeAlong(amount: Nano, duration: number): Promise<void> {
    if (!this.#book) throw new Error("The endpoint has not said yet who you are.");
    const resets = this.allowances().map(({ period }) => Date.parse(period.resetsAt) - this.now());
    await this.#book.takeAlong(amount, Math.min(duration, ...resets));
    this.#parts.changed();
  }

  /** What was taken along, until when it may be used (by the endpoint's clock); undefined when nothing was, or it is over. */
  get travel(): State["travel"] {
    const travel = this.#book?.travel;
    if (!travel) return undefined;
    const { amount, left, until } = travel;
    const lasts = until - this.#parts.clock.monotone();
    if (!(lasts > 0)) return undefined;
    return { amount: formatAmount(amount), left: formatAmount(left), until: new Date(this.now() + lasts).toISOString() };
  }

  /** Requests for more that concern this person now. */
  grants(): Grant[] {
    const { me } = this.#figures ?? {};
    return me ? this.#grants.of(me.person, this.now()) : [];
  }

  /** The same, and those of long ago, as the endpoint lists them now. */
  async readGrants(): Promise<Grant[]> {
    const grants = await this.client.grants();
    this.#grants.hear(...grants);
    this.#parts.changed();
    return grants;
  }

  async askForMore(asking: Asking): Promise<Grant> {
    return this.#hearGrant(await this.client.askForMore(asking));
  }

  async decideGrant(id: string, decision: GrantDecision): Promise<Grant> {
    return this.#hearGrant(await this.client.decideGrant(id, decision));
  }

  #hearGrant(grant: Grant): Grant {
    this.#grants.hear(grant);
    this.#book?.heard(); // the answer comes before the event that says the same
    this.#parts.changed();
    return grant;
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
    this.#replies++;
    if (!this.#figures) return;
    if (policy) this.#figures = { ...this.#figures, policy };
    this.#takeAllowances(allowances);
  }

  /** With spend and policy as an answer told them, where one came while these figures, which may be older, were being read. */
  #withNewest(figures: Figures, begun: number): Figures {
    const known = this.#figures;
    if (begun === this.#replies || !known) return figures;
    const policy = known.policy.version > figures.policy.version ? known.policy : figures.policy;
    const { allowances } = figures.me;
    if (this.#showsMoreSpend(allowances)) return { ...figures, policy };
    const newest = allowances.map((one) => {
      const { spend, held } = known.me.allowances.find(({ key }) => key === one.key) ?? one;
      return { ...one, spend, held };
    });
    return { ...figures, policy, me: { ...figures.me, allowances: newest } };
  }

  #loaded(figures: Figures): void {
    const key = `${this.endpoint}|${figures.me.person.id}`;
    if (this.#key !== key) this.#recognise(key);
    this.#figures = figures;
    this.#told = { now: this.#parts.clock.wall() + figures.skew, elapsed: this.#parts.clock.elapsed() };
    this.#book?.retire(figures.me.allowances);
    this.#parts.memory.save(key, figures);
    void this.#book?.tell();
    this.readGrants().catch((error) => this.#parts.log(`requests for more: ${reasonOf(error)}`));
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
    book?.heard();
    if (event.name === "advance") book?.recall(event.data);
    if (event.name === "grant") this.#hearGrant(event.data);
    if (event.name !== "allowance") return;
    const { allowances } = event.data;
    // The answer to a message that is under way may be older than the event, or newer.
    if (book?.isTalking) void book.tell().then(() => this.#showsMoreSpend(allowances) && this.#takeAllowances(allowances));
    // Older than what an answer has said; or a charge was taken back.
    else if (this.#growthIn(allowances).some((more) => more < 0n)) void this.session.reload();
    else this.#takeAllowances(allowances);
  }

  /** Spend seldom falls while a period lasts, so these figures are newer than those that are known. */
  #showsMoreSpend(allowances: readonly Allowance[]): boolean {
    const growth = this.#growthIn(allowances);
    return growth.some((more) => more > 0n) && growth.every((more) => more >= 0n);
  }

  /** How much more spend these show than what is known. */
  #growthIn(allowances: readonly Allowance[]): Nano[] {
    const known = new Map(this.#figures?.me.allowances.map(({ key, spend }) => [key, parseAmount(spend)]));
    return allowances.map(({ key, spend }) => parseAmount(spend) - (known.get(key) ?? 0n));
  }

  #takeAllowances(allowances: Allowance[]): void {
    if (!this.#figures) return;
    this.#figures = { ...this.#figures, me: { ...this.#figures.me, allowances } };
    this.#parts.changed();
  }
}
