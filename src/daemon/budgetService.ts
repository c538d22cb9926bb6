import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod/mini";
import type { MachineAllowance } from "../budget/allowance.ts";
import { parseAmount } from "../budget/money.ts";
import { DEFAULT_POLICY } from "../budget/policy.ts";
import type { PriceList } from "../prices/rates.ts";
import { CATALOGUE_VARIABLE } from "../protocol/catalogueHost.ts";
import type { OpenReply, OpenRequest, Preferences, Settled, Settlement, State, SyncStatus, Upload } from "../protocol/daemon.ts";
import { type Me, MeSchema, type PolicyVersion, PolicyVersionSchema, PriceListSchema } from "../protocol/endpoint.ts";
import { CalibrationBook } from "./calibrationBook.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Guard, type GuardView } from "./guard/guard.ts";
import { settleLeftovers } from "./guard/leftovers.ts";
import { OutputBook } from "./guard/outputBook.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { inMemory, openLedger } from "./ledger/open.ts";
import { OwnPrices } from "./ownPrices.ts";
import { PersonalBook } from "./personal/personalBook.ts";
import { checkedPreferences, PREFERENCES, savedPreferences } from "./preferences.ts";
import type { BudgetService, Log } from "./service.ts";
import { AdvanceBook } from "./sync/advanceBook.ts";
import { checkedBase, EndpointClient, type EndpointEvent } from "./sync/endpointClient.ts";
import { currentPeriod } from "./sync/periods.ts";
import { Session } from "./sync/session.ts";

export interface ServiceOptions {
  stateDirectory: string;
  log: Log;
  clock?: Clock;
  /** Another process has the ledger: keep out of it. */
  ledgerTaken?: boolean;
  /** Where newer prices are got from, an address or `off`; the environment's choice by default. */
  catalogue?: string | undefined;
}

/** The policy of somebody who has signed in nowhere. */
const NO_POLICY: PolicyVersion = {
  version: 0,
  author: "",
  note: "",
  createdAt: new Date(0).toISOString(),
  policy: DEFAULT_POLICY,
};

/** How long the last words to the endpoint may take when the daemon ends (ms). */
const GOODBYE = 3_000;

/** One failed exchange after another is one trouble (ms). */
const TROUBLE_EVERY = 5_000;
/** How often to look whether the machine has slept, and how much longer than that its clock has gone on then (ms). */
const LOOK_EVERY = 10_000;
const SLEPT = 30_000;
const LONGEST_TIMER = 2 ** 31 - 1;

/** What the endpoint said, last or in an earlier run. */
interface Figures {
  me: Me;
  policy: PolicyVersion;
  prices: PriceList;
  skew: number;
}

/** Who is signed in, and the parts that live as long as that. */
interface Account {
  endpoint: string;
  token: string;
  client: EndpointClient;
  session: Session;
  /** Issuer and subject; undefined until the endpoint has said who this is. */
  key: string | undefined;
  book: AdvanceBook | undefined;
}

/** Opens the ledger, closes what a daemon that died left open, and serves. */
export async function createBudgetService({
  stateDirectory,
  log,
  clock = systemClock(),
  ledgerTaken = false,
  catalogue = process.env[CATALOGUE_VARIABLE],
}: ServiceOptions): Promise<BudgetService> {
  const ledger = ledgerTaken
    ? inMemory("Another Token Budget on this machine has the ledger.")
    : await openLedger(stateDirectory);
  if (ledger.warning) log(ledger.warning);
  const { uncertain, released } = settleLeftovers(ledger);
  if (uncertain + released > 0) log(`left open by an earlier run: ${uncertain} charged as uncertain, ${released} released`);
  return new LocalBudget({ ledger, clock, log, catalogue });
}

interface LocalBudgetOptions {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  catalogue: string | undefined;
}

class LocalBudget implements BudgetService {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #guard: Guard;
  readonly #calibrations: CalibrationBook;
  readonly #outputs: OutputBook;
  readonly #ownPrices: OwnPrices;
  readonly #personal: PersonalBook;
  readonly #machine = randomUUID();
  readonly #listeners = new Set<() => void>();
  readonly #books = new Map<string, AdvanceBook>();
  readonly #sleepWatch: NodeJS.Timeout;
  #periodEnd: NodeJS.Timeout | undefined;
  #troubledAt = Number.NEGATIVE_INFINITY;
  #account: Account | undefined;
  #figures: Figures | undefined;
  #preferences: Preferences;

  constructor({ ledger, clock, log, catalogue }: LocalBudgetOptions) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#log = log;
    this.#calibrations = new CalibrationBook(ledger, log);
    this.#outputs = new OutputBook(ledger.outputs());
    this.#preferences = savedPreferences(ledger);
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    this.#personal = new PersonalBook({ ledger, clock, timeZone, softLimit: DEFAULT_POLICY.softLimit });
    this.#personal.configure(this.#preferences.budgets);
    this.#ownPrices = new OwnPrices({
      ...{ ledger, clock, log, place: catalogue },
      wanted: () => this.#account === undefined && this.#preferences.refreshPrices,
      changed: () => this.#changed(),
    });
    this.#guard = new Guard({
      ledger,
      outputs: this.#outputs,
      clock,
      view: () => this.#view(),
      reload: async () => this.#account?.session.reload(),
      changed: () => this.#changed(),
      learn: (model, input, usage) => this.#calibrations.learn(model, input, usage),
    });
    this.#sleepWatch = whenWoken(clock, () => {
      this.#awaitPeriodEnd();
      this.#changed();
      void this.#account?.session.refresh();
    });
    this.#awaitPeriodEnd();
  }

  /** What a request is judged by, once it is known whose it is. */
  async #view(): Promise<GuardView> {
    await this.#account?.session.firstTry;
    const prices = await this.prices();
    const { key, session } = this.#account ?? {};
    const book = this.#account ? this.#account.book : this.#personal;
    const refused = session?.status.phase === "refused";
    return {
      account: key ?? "",
      allowances: this.#allowances(),
      policy: this.#figures?.policy ?? NO_POLICY,
      prices,
      plans: this.#preferences.plans,
      book,
      refused: refused && key !== undefined ? (session.status.reason ?? "") : undefined,
      stranger: session !== undefined && !refused && key === undefined,
    };
  }

  state(): State {
    const { me, policy = NO_POLICY, prices, skew = 0 } = this.#figures ?? {};
    const account = this.#account;
    const { calibration } = this.#calibrations;
    return {
      sync: account?.session.status ?? { phase: "signedOut" },
      ...(account && me && { account: { endpoint: account.endpoint, person: me.person, team: me.team } }),
      allowances: this.#allowances(),
      policy,
      priceRef: (prices ?? this.#ownPrices.list)?.priceRef ?? "catalogue",
      pending: this.#ledger.pending(account?.key ?? ""),
      coverage: [
        { source: "Send Prompt", level: "guarded" },
        { source: "Chat with Token Budget models", level: "guarded" },
        { source: "Chat with other models", level: "unseen" },
        { source: "Assistants in terminals", level: "unseen" },
      ],
      ...(calibration && { calibration }),
      outputs: this.#outputs.norms,
      plans: this.#preferences.plans,
      clockSkew: Math.round(skew),
      ...(this.#ledger.warning !== undefined && { ledgerWarning: this.#ledger.warning }),
    };
  }

  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  prices(): Promise<PriceList> {
    if (this.#figures) return Promise.resolve(this.#figures.prices);
    return this.#ownPrices.load();
  }

  async configure(preferences: Preferences): Promise<void> {
    const next = checkedPreferences(preferences);
    if (JSON.stringify(next) === JSON.stringify(this.#preferences)) return; // every window says so
    this.#preferences = next;
    this.#personal.configure(next.budgets);
    this.#awaitPeriodEnd();
    this.#remember("", PREFERENCES, next);
    this.#changed();
  }

  async connectAccount(endpoint: string, token: string): Promise<SyncStatus> {
    const base = checkedBase(endpoint);
    if (this.#account?.endpoint === base && this.#account.token === token && this.#account.session.status.phase !== "refused") {
      await this.#account.session.firstTry;
      return this.#account.session.status;
    }
    await this.#leave();
    this.#join(base, token);
    const { session } = this.#account!;
    await session.firstTry;
    return session.status;
  }

  async disconnectAccount(): Promise<void> {
    await this.#leave();
    this.#changed();
  }

  async refresh(): Promise<SyncStatus> {
    const account = this.#account;
    if (!account) return { phase: "signedOut" };
    if (account.session.status.phase === "refused") return this.connectAccount(account.endpoint, account.token);
    await account.session.refresh();
    await account.book?.tell();
    return account.session.status;
  }

  open(request: OpenRequest, client: string): Promise<OpenReply> {
    return this.#guard.open(request, client);
  }

  async sent(id: string): Promise<void> {
    this.#guard.sent(id);
  }

  async grow(id: string, output: number): Promise<boolean> {
    return this.#guard.grow(id, output);
  }

  async settle(settlement: Settlement): Promise<Settled> {
    return this.#guard.settle(settlement);
  }

  async cancel(id: string): Promise<void> {
    this.#guard.cancel(id);
  }

  async clientGone(client: string): Promise<void> {
    this.#guard.clientGone(client);
  }

  uploads(): Upload[] {
    return [...(this.#account?.client.uploads ?? [])];
  }

  idle(): Promise<void> {
    return this.#guard.idle();
  }

  async close(): Promise<void> {
    await this.#leave();
    this.#ownPrices.dispose();
    clearInterval(this.#sleepWatch);
    clearTimeout(this.#periodEnd);
    for (const book of this.#books.values()) book.dispose();
    this.#ledger.close();
  }

  #join(endpoint: string, token: string): void {
    const client = new EndpointClient(endpoint, token);
    // What this endpoint last said to the owner of this token, until it says it anew.
    const last = this.#ledger.snapshot("", ownerName(endpoint, token)) as string | undefined;
    const lastSync = last === undefined ? undefined : this.#restore(last);
    const session = new Session(
      client,
      {
        loaded: (figures) => this.#loaded(figures),
        event: (event) => this.#heard(event),
        statusChanged: () => this.#statusChanged(),
      },
      lastSync,
      this.#log,
    );
    this.#account = { endpoint, token, client, session, key: undefined, book: undefined };
    if (last !== undefined && lastSync !== undefined) this.#recognise(this.#account, last);
    this.#changed();
  }

  async #leave(): Promise<void> {
    const account = this.#account;
    if (!account) return;
    if (account.book) await Promise.race([account.book.goHome(), delay(GOODBYE, undefined, { ref: false })]);
    account.session.close();
    if (this.#account !== account) return;
    this.#account = undefined;
    this.#figures = undefined;
    this.#awaitPeriodEnd();
  }

  #loaded(figures: Figures): void {
    const account = this.#account;
    if (!account) return;
    const key = `${account.endpoint}|${figures.me.person.id}`;
    if (account.key !== key) this.#recognise(account, key);
    this.#figures = figures;
    this.#awaitPeriodEnd();
    account.book?.retire(figures.me.allowances);
    this.#remember(key, "figures", { ...figures, at: new Date().toISOString() });
    void account.book?.tell();
    this.#changed();
  }

  /** It is known whose token it is: from now on money can be held. */
  #recognise(account: Account, key: string): void {
    account.key = key;
    account.book = this.#books.get(key) ?? this.#newBook(key);
    this.#books.set(key, account.book);
    this.#remember("", ownerName(account.endpoint, account.token), key);
  }

  /** For the next run. A full disk must not keep this one from what the endpoint said. */
  #remember(account: string, name: string, body: unknown): void {
    try {
      this.#ledger.saveSnapshot(account, name, body);
    } catch (error) {
      this.#log(`ledger: ${(error as Error).message}`);
    }
  }

  /** One for each account as long as the daemon runs: requests may outlive a sign-out, and nobody else may have their advances. */
  #newBook(key: string): AdvanceBook {
    return new AdvanceBook({
      client: () => this.#reach(key),
      trouble: () => this.#trouble(key),
      log: this.#log,
      ledger: this.#ledger,
      clock: this.#clock,
      account: key,
      machine: this.#machine,
      policyVersion: () => this.#figures?.policy.version ?? 0,
      replied: ({ allowances, policy }) => {
        if (!this.#figures || this.#account?.key !== key) return;
        if (policy) this.#figures = { ...this.#figures, policy };
        this.#takeAllowances(allowances);
      },
    });
  }

  /** @throws Error while there is nobody to talk to */
  #reach(key: string): EndpointClient {
    if (this.#account?.key !== key) throw new Error("signed out");
    const { client, session } = this.#account;
    const { phase } = session.status;
    if (phase === "offline" || phase === "connecting") throw new Error("the endpoint is out of reach");
    return client;
  }

  #trouble(key: string): void {
    const now = this.#clock.monotone();
    if (this.#account?.key !== key || now - this.#troubledAt < TROUBLE_EVERY) return;
    this.#troubledAt = now;
    this.#account.session.check();
  }

  #statusChanged(): void {
    const { session, book } = this.#account ?? {};
    // A revoked token may still report: what is free goes home, what was spent is told.
    if (session?.status.phase === "refused") void book?.goHome();
    this.#changed();
  }

  #heard(event: EndpointEvent): void {
    const book = this.#account?.book;
    if (event.name === "advance") book?.recall(event.data);
    if (event.name !== "allowance") return;
    const { allowances } = event.data;
    // The answer to a message that is under way may be older than the event, or newer.
    if (book?.isTalking) void book.tell().then(() => this.#showsMoreSpend(allowances) && this.#takeAllowances(allowances));
    else this.#takeAllowances(allowances);
  }

  /** Spend never falls while a period lasts, so these figures are newer than those that are known. */
  #showsMoreSpend(allowances: Me["allowances"]): boolean {
    const known = new Map(this.#figures?.me.allowances.map(({ key, spend }) => [key, parseAmount(spend)]));
    const growth = allowances.map(({ key, spend }) => parseAmount(spend) - (known.get(key) ?? 0n));
    return growth.some((more) => more > 0n) && growth.every((more) => more >= 0n);
  }

  #takeAllowances(allowances: Me["allowances"]): void {
    if (!this.#figures) return;
    this.#figures = { ...this.#figures, me: { ...this.#figures.me, allowances } };
    this.#awaitPeriodEnd();
    this.#changed();
  }

  /** When a period ends there are new figures without anything having happened. */
  #awaitPeriodEnd(): void {
    clearTimeout(this.#periodEnd);
    const now = this.#clock.wall() + (this.#figures?.skew ?? 0);
    const ends = this.#allowances()
      .map(({ period }) => Date.parse(period.resetsAt))
      .filter((end) => end > now);
    if (ends.length === 0) return;
    const ended = () => {
      void this.#account?.session.refresh();
      this.#awaitPeriodEnd();
      this.#changed();
    };
    this.#periodEnd = setTimeout(ended, Math.min(Math.min(...ends) - now + 50, LONGEST_TIMER)).unref();
  }

  #allowances(): MachineAllowance[] {
    if (!this.#account) return this.#personal.allowances();
    const { me, skew } = this.#figures ?? { me: undefined, skew: 0 };
    const now = this.#clock.wall() + skew;
    const allowances = me?.allowances.map((allowance) => currentPeriod(allowance, me.team.timeZone, now)) ?? [];
    return this.#account?.book?.withOwnFree(allowances) ?? allowances.map((allowance) => ({ ...allowance, ownFree: "0" }));
  }

  /** Shows an earlier run's figures. Returns when they were made; undefined when there are none that this version understands. */
  #restore(key: string): string | undefined {
    const saved = SavedFiguresSchema.safeParse(this.#ledger.snapshot(key, "figures"));
    if (!saved.success) return undefined;
    const { at, ...figures } = saved.data;
    this.#figures = figures;
    return at;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Where it is kept whose a token is: by a hash, because a token is never written down. */
function ownerName(endpoint: string, token: string): string {
  return `owner:${createHash("sha256").update(`${endpoint}\n${token}`).digest("hex")}`;
}

/** Calls back when the machine has slept: connections are dead then, whatever they look like. */
function whenWoken(clock: Clock, woken: () => void): NodeJS.Timeout {
  let last = clock.wall();
  return setInterval(() => {
    const now = clock.wall();
    if (now - last > LOOK_EVERY + SLEPT) woken();
    last = now;
  }, LOOK_EVERY).unref();
}

const SavedFiguresSchema = z.object({
  me: MeSchema,
  policy: PolicyVersionSchema,
  prices: PriceListSchema,
  skew: z.number(),
  at: z.string(),
});
