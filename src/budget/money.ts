/**
 * Amounts of an allowance's unit (`usd` or `tokens`): bigint billionths in memory, decimal strings on every wire and disk.
 * Floating point drifts: a sum of 100,000 catalogue costs gave 23.12999999996277.
 */

/** A bigint count of billionths (nano-USD, or nano-tokens). */
export type Nano = bigint;
/** The same amount as a decimal string, e.g. `"12.4"`; at most nine decimals. */
export type Decimal = string;
/** What an amount is of. */
export type Unit = "usd" | "tokens";

/** One whole unit: one dollar or one token. */
export const ONE: Nano = 1_000_000_000n;

const DECIMAL = /^(-?)(\d{1,29})(?:\.(\d{1,9}))?$/;

/** Whether `text` is a decimal that `parseAmount` takes. */
export function isDecimal(text: string): text is Decimal {
  return DECIMAL.test(text);
}

/** Reads a decimal string. @throws RangeError when it is not a plain decimal with at most nine decimals. */
export function parseAmount(text: Decimal): Nano {
  const match = DECIMAL.exec(text);
  if (!match) throw new RangeError(`not an amount: ${JSON.stringify(text.slice(0, 40))}`);
  const nano = BigInt(match[2]!) * ONE + BigInt((match[3] ?? "").padEnd(9, "0"));
  return match[1] ? -nano : nano;
}

/** The shortest decimal string of an amount: the inverse of `parseAmount`. */
export function formatAmount(nano: Nano): Decimal {
  const size = nano < 0n ? -nano : nano;
  const fraction = (size % ONE).toString().padStart(9, "0").replace(/0+$/, "");
  return `${nano < 0n ? "-" : ""}${size / ONE}${fraction ? `.${fraction}` : ""}`;
}

/** `numerator / denominator`, rounded half up (away from zero), for amounts >= 0. @throws RangeError on a denominator of 0. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

/** The share `part / whole` as a number in 0..; 1 where the whole is not positive (nothing is left of nothing). */
export function shareOf(part: Nano, whole: Nano): number {
  return whole <= 0n ? 1 : Number((part * 1_000_000n) / whole) / 1_000_000;
}

export const min = (a: Nano, b: Nano): Nano => (a < b ? a : b);
export const max = (a: Nano, b: Nano): Nano => (a > b ? a : b);

/**
 * An amount for people: two significant digits below $10, whole dollars above (`<$0.01`, `$0.45`, `$3.20`, `$12`, `$1,240`);
 * tokens as `950`, `12k`, `3.4M`. Never use it for arithmetic.
 */
export function showAmount(nano: Nano, unit: Unit): string {
  return unit === "usd" ? showUsd(nano) : showTokens(Number(nano / ONE));
}

function showUsd(nano: Nano): string {
  if (nano < 0n) return `-${showUsd(-nano)}`;
  if (nano === 0n) return "$0";
  if (nano < ONE / 100n) return "<$0.01";
  const cents = divideHalfUp(nano, ONE / 100n);
  if (cents < 1000n) return `$${cents / 100n}.${(cents % 100n).toString().padStart(2, "0")}`;
  return `$${divideHalfUp(nano, ONE).toLocaleString("en-US")}`;
}

/** A count of tokens for people: `950`, `12k`, `3.4M`. */
export function showTokens(count: number): string {
  if (count < 0) return `-${showTokens(-count)}`;
  if (count < 1_000) return String(Math.round(count));
  const [value, suffix] = count < 999_500 ? [count / 1e3, "k"] : count < 999_500_000 ? [count / 1e6, "M"] : [count / 1e9, "B"];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value).toString()}${suffix}`;
}
