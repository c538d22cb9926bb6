import { inEnglish } from "../../../budget/message.ts";
import { divideHalfUp, formatAmount, type Nano, ONE, showAmount } from "../../../budget/money.ts";
import { planText } from "../../../budget/plan/plan.ts";
import { alternativesTo, type ComparedModel } from "../../../budget/pricing/compare.ts";
import { originOf } from "../../../budget/pricing/priceOrigin.ts";
import type { PriceList } from "../../../prices/rates.ts";
import { columns } from "../text.ts";

interface Origins {
  list: PriceList;
  policy: { version: number; createdAt: string };
}

/** The compared models in a terminal, one a line, cheapest first. */
export function priceTable(compared: readonly ComparedModel[], origins: Origins): string {
  const head = ["model", "tokens", "prompt alone", "usually", "", "price from"];
  const rows = compared.map((model) => rowOf(model, compared, origins));
  return columns([head, ...rows], ["left", "right", "right", "right", "left", "left"]).join("\n");
}

function rowOf(model: ComparedModel, compared: readonly ComparedModel[], { list, policy }: Origins): string[] {
  const { ref, estimate, cost, source, verdict } = model;
  const { likely, exact } = estimate.input;
  const [start, usually] = verdict.plan ? ["", ""] : [showFine(cost.start), rangeOf(cost.likely, cost.high)];
  const tokens = `${exact ? "" : "~"}${likely.toLocaleString("en-US")}`;
  return [
    `${ref.provider}/${ref.model}`,
    tokens,
    start,
    usually,
    noteOf(model, compared),
    inEnglish(originOf(source, list, policy).text),
  ];
}

/** What is to be said of a model: the gravest first. */
function noteOf({ verdict, exclusions, cheapest, cost }: ComparedModel, compared: readonly ComparedModel[]): string {
  if (exclusions.includes("refused")) return inEnglish(verdict.reasons[0]!.text);
  if (exclusions.includes("tooLong")) return "too long for this model";
  if (exclusions.includes("vision")) return "not known to see pictures";
  if (exclusions.includes("tools")) return "calls no tools";
  if (verdict.plan) return inEnglish(planText(verdict.plan));
  if (cheapest) return "cheapest";
  const [cheaper] = alternativesTo(compared, cost);
  return cheaper && Number.isFinite(cheaper.times) ? `${cheaper.times.toFixed(1)} times ${cheaper.name}` : "";
}

function rangeOf(likely: Nano, high: Nano): string {
  const [from, to] = [showFine(likely), showFine(high)];
  return from === to ? from : `${from}–${to}`;
}

/** As everywhere, but two significant digits also below a cent: here prices are compared. */
export function showFine(nano: Nano): string {
  if (nano >= ONE / 100n || nano === 0n) return showAmount(nano, "usd");
  let unit = 1n;
  while (nano / unit >= 100n) unit *= 10n;
  return `$${formatAmount(divideHalfUp(nano, unit) * unit)}`;
}
