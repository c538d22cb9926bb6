import { message } from "../../budget/message.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { planText, planUse } from "../../budget/plan/plan.ts";
import { originOf } from "../../budget/pricing/priceOrigin.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { State } from "../../protocol/daemon.ts";
import { pricedBy, usualOutput } from "../priceBook.ts";
import { costOfFile, type FileTokens, sureOf } from "./cost.ts";
import type { FilePrice } from "./text.ts";

/** What a prompt file costs with a model, as the daemon would price a request with it. */
export function priceOfFile(file: FileTokens, ref: ModelRef, list: PriceList, state: State | undefined): FilePrice {
  const priced = pricedBy(list, ref, state);
  const output = usualOutput(priced, ref, "send", state);
  const { price, priceKnown: isKnown, plan } = priced;
  const origin = isKnown && state ? { origin: originOf(price.source, list, state.policy).text } : {};
  if (!plan) return { cost: costOfFile(file, output, price), ...origin, isKnown };
  // What goes along with requests takes none of a plan's requests by itself.
  const use = planUse(plan.plan, ref, { input: sureOf(file), output }, plan.listPrice);
  return { plan: file.paid === "asRequest" ? planText(use) : message("covered by {0}", use.name), ...origin, isKnown };
}
