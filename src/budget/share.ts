/** Shares of an allowance for people, the same in the editor and in a terminal. */

/** A share as twenty cells; full only when it is, empty only when it is. */
export function bar(share: number): string {
  const cells = 20;
  const filled = Math.min(Math.max(Math.round(share * cells), share > 0 ? 1 : 0), share < 1 ? cells - 1 : cells);
  return "█".repeat(filled) + "░".repeat(cells - filled);
}

/** A share in whole percent, rounded down so that 100% means spent; `<1%` for a little. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return "<1%";
  return `${Math.floor(share * 100 + 1e-9)}%`;
}
