import * as z from "zod/mini";
import { DecimalSchema } from "../../budget/fields.ts";
import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";

const NAME = "travel";
const TravelSchema = z.object({ advance: z.string(), amount: DecimalSchema, from: z.number(), until: z.number() });

/** The ledger's note of the money that a person has taken along, so that a restart on the way does not give it back. */
export class Travels {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #account: string;

  constructor(ledger: Ledger, clock: Clock, account: string) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#account = account;
  }

  /** @param duration ms @throws Error where it cannot be written */
  begin(advance: string, amount: Nano, duration: number): void {
    const from = this.#clock.wall();
    const body = { advance, amount: formatAmount(amount), from, until: from + duration };
    this.#ledger.saveSnapshot(this.#account, NAME, body);
  }

  /** What is still on its way, and for how long (ms). A clock that was set back does not make it longer. */
  restored(): { advance: string; amount: Nano; left: number } | undefined {
    const saved = TravelSchema.safeParse(this.#ledger.snapshot(this.#account, NAME));
    if (!saved.success) return undefined;
    const { advance, amount, from, until } = saved.data;
    const left = Math.min(until - from, until - this.#clock.wall());
    return left > 0 ? { advance, amount: parseAmount(amount), left } : undefined;
  }
}
