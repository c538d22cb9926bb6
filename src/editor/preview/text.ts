import { ONE, showAmount, showTokens } from "../../budget/money.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import type { Reader } from "../words.ts";

/** `1.2k tokens`, with `~` where the count is not exact. */
export function tokensText({ likely, exact }: TokenEstimate, { t }: Reader): string {
  return t("{0} tokens", `${exact ? "" : "~"}${showTokens(likely)}`);
}

/** `1,234`, with `~` where the count is not exact. */
export function countText({ likely, exact }: TokenEstimate, { locale }: Reader): string {
  return `${exact ? "" : "~"}${likely.toLocaleString(locale)}`;
}

/** `1,100 to 1,400`; nothing where the count is exact. */
export function rangeText({ low, high, exact }: TokenEstimate, { t, locale }: Reader): string | undefined {
  return exact ? undefined : t("{0} to {1}", low.toLocaleString(locale), high.toLocaleString(locale));
}

/** A model's price as lists show it: `$0.15 in, $0.60 out per 1M tokens`. */
export function priceDetail({ rates }: ModelPrice, { t }: Reader): string {
  const perMillion = (pico: string) => showAmount((BigInt(pico) * ONE) / 1_000_000n, "usd");
  return t("{0} in, {1} out per 1M tokens", perMillion(rates.input), perMillion(rates.output));
}
