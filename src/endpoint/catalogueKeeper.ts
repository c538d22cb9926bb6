import type { Catalogue } from "../prices/catalogue.ts";
import { checkPlausible, readCatalogue } from "../prices/refreshed.ts";
import { getCatalogue } from "../protocol/catalogueHost.ts";
import {
  claimPublishing,
  claimTry,
  newest,
  saveCatalogue,
  setTried,
  storedCatalogue,
  unclaimPublishing,
} from "./ledger/catalogueStore.ts";
import { publishNotice, readNotice } from "./ledger/notice.ts";
import type { Store } from "./store/store.ts";

/** The catalogue is asked for at most this often, and after a failure again after an hour (ms). */
const EVERY = 24 * 3_600_000;
const AGAIN = 3_600_000;

export interface CatalogueKeeperOptions {
  store: Store;
  bundled: Catalogue;
  /** Where to get it from; undefined: it is never refreshed. */
  address: string | undefined;
  /** Epoch ms. */
  clock: () => number;
  /** Publishes to every team what the prices are now. Called by one process on the store for each change. */
  changed: () => Promise<void>;
  log: (line: string) => void;
}

/**
 * The catalogue in force: the bundled one, or what some process on the store has got since. Asks for a newer one in the
 * background; nobody ever waits for that, and whatever goes wrong, the last good one stays.
 */
export class CatalogueKeeper {
  readonly #options: CatalogueKeeperOptions;
  readonly #stopped = new AbortController();
  #current: Catalogue;
  #unsubscribe: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: CatalogueKeeperOptions) {
    this.#options = options;
    this.#current = options.bundled;
  }

  get catalogue(): Catalogue {
    return this.#current;
  }

  /** Reads what the store has, then begins to look after it. */
  async start(): Promise<void> {
    const { store } = this.#options;
    await this.#read();
    const reread = () => void this.#next(() => this.#read());
    this.#unsubscribe = await store.subscribe((message) => {
      if (readNotice(message).kind === "catalogue") reread();
    }, reread);
    this.#timer = setInterval(() => void this.look(), AGAIN);
    this.#timer.unref();
    void this.look();
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#stopped.abort();
    return this.#turn;
  }

  /** Asks for a newer catalogue where that is due, and publishes prices that have changed, be it only with the date. */
  look(): Promise<void> {
    return this.#next(async () => {
      await this.#refresh();
      await this.#publish();
    });
  }

  /** One thing after another; an error is told and forgotten. */
  #next(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn
      .then(() => (this.#stopped.signal.aborted ? undefined : work()))
      .catch((error: Error) => {
        if (!this.#stopped.signal.aborted) this.#options.log(`prices: ${error.message}`);
      });
    return this.#turn;
  }

  async #read(): Promise<void> {
    const { store, bundled } = this.#options;
    this.#current = newest(bundled, (await storedCatalogue(store)).catalogue);
  }

  async #refresh(): Promise<void> {
    const { store, bundled, address, clock, log } = this.#options;
    const now = clock();
    if (address === undefined || !(await claimTry(store, new Date(now), new Date(now - EVERY)))) return;
    try {
      const { etag } = await storedCatalogue(store);
      const published = await getCatalogue(address, etag, this.#stopped.signal);
      if (!published) return;
      const read = readCatalogue(published.data, new Date(now).toISOString().slice(0, 10));
      checkPlausible(read.at(now), bundled.at(now));
      await saveCatalogue(store, read, published.etag);
    } catch (error) {
      await setTried(store, new Date(now - EVERY + AGAIN));
      throw new Error(`not refreshed: ${reasonOf(error)}`, { cause: error });
    }
    await this.#read();
    await publishNotice(store, { kind: "catalogue" });
    log(`prices: the catalogue of ${this.#current.asOf} is in force`);
  }

  async #publish(): Promise<void> {
    const { store, clock, changed } = this.#options;
    const { priceRef } = this.#current.at(clock());
    const before = await claimPublishing(store, priceRef);
    if (before === undefined) return;
    try {
      await changed();
    } catch (error) {
      await unclaimPublishing(store, priceRef, before);
      throw error;
    }
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.message || cause?.code || message;
}
