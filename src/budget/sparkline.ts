import { max, type Nano } from "./money.ts";

const LEVELS = "▁▂▃▄▅▆▇█";
/** A day of nothing: as wide as the others in the fonts of editors and terminals. */
const NOTHING = "·";

/** Amounts as columns of text, which every theme shows in its own colour; the largest is full, and only nothing looks like nothing. */
export function sparkline(amounts: readonly Nano[]): string {
  const largest = amounts.reduce(max, 0n);
  const level = (amount: Nano) => LEVELS[Number((amount * BigInt(LEVELS.length) - 1n) / largest)]!;
  return amounts.map((amount) => (amount > 0n ? level(amount) : NOTHING)).join("");
}
