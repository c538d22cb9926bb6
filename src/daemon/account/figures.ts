import { createHash } from "node:crypto";
import * as z from "zod/mini";
import type { PriceList } from "../../prices/rates.ts";
import { type Me, MeSchema, type PolicyVersion, PolicyVersionSchema, PriceListSchema } from "../../protocol/endpoint.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../service.ts";

/** What an endpoint said, last or in an earlier run. */
export interface Figures {
  me: Me;
  policy: PolicyVersion;
  prices: PriceList;
  /** Milliseconds to add to this machine's clock to have the endpoint's. */
  skew: number;
}

const NAME = "figures";
/** Under this name is kept who is signed in: an account, or null. */
const SIGNED_IN = "signedIn";
const SavedFiguresSchema = z.object({
  me: MeSchema,
  policy: PolicyVersionSchema,
  prices: PriceListSchema,
  skew: z.number(),
});

/** What endpoints said, kept in the ledger, so that a run without a network begins with the last figures. */
export class FigureMemory {
  readonly #ledger: Ledger;
  readonly #log: Log;

  constructor(ledger: Ledger, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
  }

  /** The account whose token this was when it was last used; undefined when it never was. */
  ownerOf(endpoint: string, token: string): string | undefined {
    return this.#ledger.snapshot("", ownerName(endpoint, token)) as string | undefined;
  }

  saveOwner(endpoint: string, token: string, account: string): void {
    this.#save("", ownerName(endpoint, token), account);
    if (this.signedIn !== account) this.#save("", SIGNED_IN, account);
  }

  /** The account that was used last, and has not been signed out; undefined where there is none. */
  get signedIn(): string | undefined {
    return (this.#ledger.snapshot("", SIGNED_IN) ?? undefined) as string | undefined;
  }

  signedOut(): void {
    if (this.signedIn !== undefined) this.#save("", SIGNED_IN, null);
  }

  /** An account's last figures; undefined when there are none that this version understands. */
  restore(account: string): Figures | undefined {
    const saved = SavedFiguresSchema.safeParse(this.#ledger.snapshot(account, NAME));
    return saved.success ? saved.data : undefined;
  }

  save(account: string, figures: Figures): void {
    this.#save(account, NAME, figures);
  }

  /** A full disk must not keep this run from what the endpoint said. */
  #save(account: string, name: string, body: unknown): void {
    try {
      this.#ledger.saveSnapshot(account, name, body);
    } catch (error) {
      this.#log(`ledger: ${(error as Error).message}`);
    }
  }
}

/** Where it is kept whose a token is: by a hash, because a token is never written down. */
function ownerName(endpoint: string, token: string): string {
  return `owner:${createHash("sha256").update(`${endpoint}\n${token}`).digest("hex")}`;
}
