import type { ModelPrice, PriceList } from "../../prices/rates.ts";
import { type Message, message } from "../message.ts";

/** Where a price comes from and as of when. */
export interface PriceOrigin {
  /** The team's policy; the catalogue that came with the product, or was refreshed since; nothing to pay, or a flat-rate plan. */
  source: "policy" | "bundled" | "refreshed" | "local" | "plan";
  /** ISO date; absent for what is so by the person's own word. */
  asOf?: string;
  text: Message;
}

/** @param policy the version in force: 0 is nobody's */
export function originOf(
  source: ModelPrice["source"],
  list: Pick<PriceList, "catalogue" | "asOf">,
  policy: { version: number; createdAt: string },
): PriceOrigin {
  if (source === "catalogue")
    return {
      source: list.catalogue,
      asOf: list.asOf,
      text: message(list.catalogue === "bundled" ? "catalogue of {0}" : "catalogue refreshed on {0}", list.asOf),
    };
  const asOf = policy.createdAt.slice(0, 10);
  if (source === "policy") return { source, asOf, text: message("policy {0} of {1}", String(policy.version), asOf) };
  const dated = policy.version > 0 ? { asOf } : {};
  return { source, ...dated, text: message(source === "local" ? "your own model" : "flat-rate plan") };
}
