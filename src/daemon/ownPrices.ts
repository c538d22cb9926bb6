import * as z from "zod/mini";
import { bundledCatalogue, type Catalogue } from "../prices/catalogue.ts";
import type { PriceList } from "../prices/rates.ts";
import { checkPlausible, readCatalogue } from "../prices/refreshed.ts";
import { catalogueAddress, getCatalogue } from "../protocol/catalogueHost.ts";
import type { Clock } from "./clock.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Log } from "./service.ts";

/** The catalogue is asked for at most this often, and after a failure again after an hour (ms). */
const EVERY = 24 * 3_600_000;
const AGAIN = 3_600_000;
/** Nothing is asked for while everything else starts, and never by a daemon that only answers one command (ms). */
const FIRST = 60_000;

export interface OwnPricesOptions {
  ledger: Ledger;
  clock: Clock;
  log: Log;
  /** How its host is reached; as this process does it by default. */
  fetch?: typeof fetch;
  /** Where the catalogue is got from, an address or `off`; absent: where it is published. */
  place: string | undefined;
  /** Whether it may be asked for now: the person has not turned it off, and there is no endpoint that has prices. */
  wanted(): boolean;
  /** The prices are others than before. */
  changed(): void;
}

/** What the ledger keeps for the next run. */
const KEPT = "catalogue";
const TRIED = "catalogueTried";
const KeptSchema = z.object({ asOf: z.string(), etag: z.optional(z.string()), providers: z.unknown() });

/**
 * The prices where no endpoint says which: the bundled catalogue's, or those of a newer one that was got in the background and is
 * kept for the next run. Nobody waits for that, and whatever goes wrong, the last good one stays.
 */
export class OwnPrices {
  readonly #options: OwnPricesOptions;
  readonly #stopped = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  #etag: string | undefined;
  #catalogue: Promise<Catalogue> | undefined;
  #current: Catalogue | undefined;
  #said: string | undefined;

  constructor(options: OwnPricesOptions) {
    this.#options = options;
    const look = () => void this.look();
    this.#timers = [setTimeout(look, FIRST).unref(), setInterval(look, AGAIN).unref()];
  }

  /** The prices in force, once they are loaded. */
  get list(): PriceList | undefined {
    return this.#current?.at(this.#options.clock.wall());
  }

  async load(): Promise<PriceList> {
    this.#catalogue ??= this.#read();
    this.#current = await this.#catalogue;
    this.#say();
    return this.list!;
  }

  /** Asks for a newer catalogue where that is wanted and due. */
  async look(): Promise<void> {
    const { ledger, clock, log, wanted } = this.#options;
    if (!wanted()) return;
    const now = clock.wall();
    const tried = Number(ledger.snapshot("", TRIED) ?? 0);
    // A clock that was set back must not put it off for good.
    const due = now - tried >= EVERY || tried > now;
    try {
      await this.load(); // also because some prices begin on a day
      if (!due) return;
      this.#keep(TRIED, now);
      await this.#refresh(now);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      log(`prices: not refreshed: ${reasonOf(error)}`);
      this.#keep(TRIED, now - EVERY + AGAIN);
    }
  }

  dispose(): void {
    this.#stopped.abort();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #refresh(now: number): Promise<void> {
    const { log, place } = this.#options;
    const address = await catalogueAddress(place);
    if (address === undefined) return;
    const published = await getCatalogue(address, this.#etag, this.#stopped.signal, this.#options.fetch);
    if (!published || this.#stopped.signal.aborted) return;
    const read = readCatalogue(published.data, new Date(now).toISOString().slice(0, 10));
    checkPlausible(read.at(now), (await bundledCatalogue()).at(now));
    const { asOf, providers } = read;
    this.#keep(KEPT, { asOf, providers, ...(published.etag !== undefined && { etag: published.etag }) });
    this.#etag = published.etag;
    this.#catalogue = Promise.resolve(read);
    log(`prices: the catalogue of ${asOf} is in force`);
    await this.load();
  }

  /** The kept catalogue, where it is newer than the bundled one and still makes sense to this version. */
  async #read(): Promise<Catalogue> {
    const bundled = await bundledCatalogue();
    const kept = KeptSchema.safeParse(this.#options.ledger.snapshot("", KEPT));
    if (!kept.success || kept.data.asOf <= bundled.asOf) return bundled;
    try {
      const catalogue = readCatalogue(kept.data.providers, kept.data.asOf);
      this.#etag = kept.data.etag;
      return catalogue;
    } catch {
      return bundled;
    }
  }

  /** A full disk must not keep anybody from newer prices. */
  #keep(name: string, body: unknown): void {
    try {
      this.#options.ledger.saveSnapshot("", name, body);
    } catch (error) {
      this.#options.log(`ledger: ${(error as Error).message}`);
    }
  }

  #say(): void {
    const { priceRef } = this.list!;
    if (this.#said === priceRef) return;
    this.#said = priceRef;
    this.#options.changed();
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.message || cause?.code || message;
}
