import type { ModelRef } from "../../budget/modelRef.ts";
import type { Nano, Unit } from "../../budget/money.ts";

/** What a request must set aside in the allowances of one unit. */
export interface Part {
  unit: Unit;
  keys: string[];
  amount: Nano;
}

/** Money set aside: in an advance, or (`advance` is empty) in the person's own budgets. */
export type Hold = { advance: string; unit: Unit; amount: Nano };

/** What came of asking for money. */
export type Reservation =
  | { kind: "held"; holds: Hold[] }
  /** Whoever grants it said no, explicitly. */
  | { kind: "refused"; allowance: string; remaining: Nano }
  /** The money is bound to what is over, or the rules have changed: read them again, then judge again. */
  | { kind: "closed" }
  /** Nobody could be asked. */
  | { kind: "unreachable" }
  /** The endpoint does not know the person any more. */
  | { kind: "denied"; reason: string };

/** What came of asking for more under a hold: granted, refused, or nobody could be asked. */
export type Growth = "grown" | "refused" | "unreachable";

/** Where the guard sets money aside: the advances of an account, or a person's own budgets. */
export interface Book {
  /** Sets money aside in every part, or in none. */
  reserve(request: string, ref: ModelRef, parts: Part[]): Promise<Reservation>;
  /** Sets money aside that may not be there: the policy lets people go on offline, or it was spent already. */
  force(request: string, parts: Part[], ref: ModelRef): Hold[];
  /** What was spent and is held beyond the advances (nano-USD), because nobody could be asked. */
  beyond(): Nano;
  /** Raises holds by what `more` says of each unit, all of them or none. */
  grow(request: string, holds: readonly Hold[], more: Record<Unit, Nano>): Promise<Growth>;
  /**
   * Lowers holds by what `less` says of each unit: it was spent under another name. Less than 0: raises them by what may not be there, because
   * the policy lets people go on offline.
   */
  lower(request: string, holds: readonly Hold[], less: Record<Unit, Nano>): void;
  release(request: string, holds: readonly Hold[]): void;
  /** Books what was used. The ledger spends it from the advances with the entry. */
  settle(request: string, holds: readonly Hold[], used: Record<Unit, Nano>): void;
}
