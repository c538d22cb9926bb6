import { ExponentialBackoff, type IBackoff } from "cockatiel";
import type { PriceList } from "../../prices/rates.ts";
import type { SyncStatus } from "../../protocol/daemon.ts";
import type { Me, PolicyVersion } from "../../protocol/endpoint.ts";
import type { Log } from "../service.ts";
import { type EndpointClient, EndpointError, type EndpointEvent, InvalidAnswerError } from "./endpointClient.ts";

/** What a session hears from the endpoint. */
export interface SessionListener {
  /** They are being asked for. What is answered comes back with them, to tell what has happened meanwhile. */
  loading(): number;
  /** Figures, policy and prices, all of one moment. `skew`: milliseconds to add to this machine's clock to have the endpoint's. */
  loaded(figures: { me: Me; policy: PolicyVersion; prices: PriceList; skew: number }, begun: number): void;
  event(event: EndpointEvent): void;
  statusChanged(): void;
}

export interface SessionOptions {
  log: Log;
  /** Epoch ms by this machine's clock. */
  wall(): number;
  /** Epoch ms by the endpoint's, as far as that is known. */
  now(): number;
  /** When the last figures came, in an earlier run. */
  lastSync?: string;
}

/** Without an event stream the endpoint is asked this often (ms). */
const POLL_EVERY = 30_000;
/** A stream that lasted this long (ms) is no sign of trouble when it ends: a server restarts, a proxy has its limits. */
const STEADY = 10_000;

/**
 * One account's conversation with its endpoint, until it is closed: reads figures, policy and prices, then follows the event stream;
 * polls where there is no stream; tries again, ever more rarely and at random moments, while there is no answer.
 */
export class Session {
  #status: SyncStatus = { phase: "connecting" };
  readonly #client: EndpointClient;
  readonly #listener: SessionListener;
  readonly #options: SessionOptions;
  readonly #closed = new AbortController();
  #lastEventId: string | undefined;
  #stream = new AbortController();
  /** How many tries have begun, and ended. */
  #begun = 0;
  #ended = 0;
  /** How many readings have begun, and the last of those whose figures were taken. */
  #readings = 0;
  #taken = 0;
  /** Somebody waits for a try that has not begun. */
  #wanted = false;
  #wake: () => void = () => {};
  #firstTry = Promise.withResolvers<void>();
  #nextTry = Promise.withResolvers<void>();

  constructor(client: EndpointClient, listener: SessionListener, options: SessionOptions) {
    this.#client = client;
    this.#listener = listener;
    this.#options = options;
    if (options.lastSync !== undefined) this.#status.lastSync = options.lastSync;
    void this.#run();
  }

  get status(): SyncStatus {
    return this.#status;
  }

  /** Resolves when the endpoint has answered, or failed to, for the first time. */
  get firstTry(): Promise<void> {
    return this.#firstTry.promise;
  }

  /** Talks to the endpoint now; resolves when that has succeeded or failed. */
  async refresh(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    if (this.#status.phase === "live") return this.reload();
    // A try that is under way may have failed already: what counts is the next.
    const underWay = this.#begun;
    this.#wanted = true;
    this.check();
    while (this.#ended <= underWay && !this.#isOver) await this.#nextTry.promise;
  }

  /** Reads everything anew. An error shows in the status; the last good figures stay. */
  async reload(): Promise<void> {
    try {
      await this.#load();
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      this.#failed(error);
      this.check();
    }
  }

  /** Something went wrong elsewhere: finds out how the endpoint is, instead of waiting at a stream that may be dead. */
  check(): void {
    this.#stream.abort();
    this.#wake();
  }

  close(): void {
    this.#closed.abort();
    this.#wake();
  }

  async #run(): Promise<void> {
    const backoff = new ExponentialBackoff({ initialDelay: 500, maxDelay: 60_000 });
    let pause: IBackoff<unknown> = backoff.next();
    while (!this.#closed.signal.aborted) {
      this.#begun++;
      this.#wanted = false;
      try {
        await this.#load();
        this.#tried();
        if (this.#wanted) continue;
        const since = performance.now();
        const stream = await this.#follow();
        if (stream === "checked") continue;
        if (stream === "none" || performance.now() - since > STEADY) pause = backoff.next();
        await this.#sleep(stream === "none" ? POLL_EVERY : pause.duration);
      } catch (error) {
        if (this.#closed.signal.aborted) break;
        this.#failed(error);
        if (this.#status.phase === "refused") break;
        this.#setStatus({ ...this.#status, nextTry: this.#instant(pause.duration) });
        this.#tried();
        await this.#sleep(pause.duration);
      }
      pause = pause.next(undefined);
    }
    this.#tried();
  }

  async #load(): Promise<void> {
    const { signal } = this.#closed;
    const reading = ++this.#readings;
    const begun = this.#listener.loading();
    const asked = this.#options.wall();
    const me = await this.#client.me(signal);
    const skew = Date.parse(me.now) - Math.round((asked + this.#options.wall()) / 2);
    const [policy, prices] = await Promise.all([this.#client.policy(signal), this.#client.prices(signal)]);
    if (signal.aborted || reading < this.#taken) return; // one that began later was quicker
    this.#taken = reading;
    this.#status = { phase: "live", lastSync: me.now };
    this.#listener.loaded({ me, policy, prices, skew }, begun);
    this.#listener.statusChanged();
  }

  /** Hears events until the stream ends or is to be checked. "none" where the endpoint, or something before it, has no stream for us. */
  async #follow(): Promise<"ended" | "checked" | "none"> {
    const stream = new AbortController();
    this.#stream = stream;
    let opened = false;
    let loading = false;
    try {
      for await (const event of this.#client.events(this.#lastEventId, AbortSignal.any([this.#closed.signal, stream.signal]))) {
        opened = true;
        if (event === "open") continue;
        if (event.id !== undefined) this.#lastEventId = event.id;
        if (event.name === "reset" || event.name === "policy" || event.name === "prices") {
          loading = true;
          await this.#load();
          loading = false;
        } else this.#setStatus({ phase: "live", lastSync: this.#instant() });
        this.#listener.event(event);
      }
    } catch (error) {
      if (this.#closed.signal.aborted || loading || isRefusal(error)) throw error;
      if (stream.signal.aborted) return "checked";
      this.#options.log(`event stream: ${reasonOf(error)}`);
      const none = error instanceof InvalidAnswerError || (error instanceof EndpointError && error.status < 500);
      if (!opened && none) return "none";
    }
    return stream.signal.aborted ? "checked" : "ended";
  }

  #failed(error: unknown): void {
    const reason = reasonOf(error);
    const { lastSync } = this.#status;
    const phase = isRefusal(error) ? "refused" : error instanceof InvalidAnswerError ? "stale" : "offline";
    this.#options.log(`endpoint: ${phase}: ${reason}`);
    this.#setStatus({ phase, reason, ...(lastSync !== undefined && { lastSync }) });
  }

  /** Nothing is tried any more. */
  get #isOver(): boolean {
    return this.#closed.signal.aborted || this.#status.phase === "refused";
  }

  #tried(): void {
    this.#ended = this.#begun;
    this.#firstTry.resolve();
    this.#nextTry.resolve();
    this.#nextTry = Promise.withResolvers();
    if (this.#isOver) this.#nextTry.resolve();
  }

  #setStatus(status: SyncStatus): void {
    if (this.#closed.signal.aborted) return;
    this.#status = status;
    this.#listener.statusChanged();
  }

  /** An instant (ISO 8601) so many milliseconds from now, by the endpoint's clock. */
  #instant(ahead = 0): string {
    return new Date(this.#options.now() + ahead).toISOString();
  }

  #sleep(duration: number): Promise<void> {
    if (this.#wanted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, duration);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The endpoint knows the token no more, or never did. */
export function isRefusal(error: unknown): boolean {
  return error instanceof EndpointError && (error.status === 401 || error.status === 403);
}

/** Why, in words for people. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof EndpointError || error instanceof InvalidAnswerError) return error.message;
  if (error.name === "TimeoutError") return "the endpoint did not answer in time";
  const cause = error.cause as { code?: string; message?: string } | undefined;
  if (cause?.code === "ECONNREFUSED") return "nobody answers at the endpoint's address";
  if (cause?.code === "ENOTFOUND") return "the endpoint's host is not known";
  return cause?.message || cause?.code || error.message;
}
