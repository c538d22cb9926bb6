import type { CostRange } from "../../budget/estimate/estimate.ts";
import type { Message } from "../../budget/message.ts";
import type { Verdict } from "../../budget/verdict/verdict.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import { aroundUsd, costRange, preferredText } from "../guard/question.ts";
import { tokensText } from "../preview/text.ts";
import { type Reader, say } from "../words.ts";

/** The live estimate in the status bar. */
export interface EstimateView {
  text: string;
  tooltip: string;
  label: string;
}

/** What is known of a prompt while it is being written; without a price where there is no price list. */
export interface LiveEstimate {
  /** What was counted, e.g. `selection in review.prompt.md`. */
  name: string;
  model: string;
  tokens: TokenEstimate;
  cost?: CostRange | undefined;
  /** What it takes of a flat-rate plan, where one covers it: then there are no dollars to show. */
  plan?: Message | undefined;
  /** Where the price comes from and as of when. */
  origin?: Message | undefined;
  /** What the team wants marked about such a request. */
  warnings?: readonly Message[] | undefined;
  preferred?: Verdict["preferred"];
}

export function estimateView(
  { name, model, tokens, cost, plan, origin, warnings = [], preferred }: LiveEstimate,
  reader: Reader,
): EstimateView {
  const { t } = reader;
  const count = tokensText(tokens, reader);
  const range = plan ? say(t, plan) : cost && costRange(cost.likely, cost.high);
  const exactly = tokens.exact ? tokens.likely.toLocaleString(reader.locale) : bandText(tokens, reader);
  const lines = [
    t("{0}: {1} tokens for {2}", name, exactly, model),
    plan && range,
    !plan &&
      cost &&
      t("Starts {0}, usually {1}. The answer's length is an estimate.", aroundUsd(cost.start, reader), range ?? ""),
    ...warnings.map((warning) => `${say(t, warning)}.`),
    preferred && preferredText(preferred, reader),
    origin && t("Price: {0}.", say(t, origin)),
    cost && t("Select to compare models."),
  ].filter((line) => typeof line === "string");
  return {
    text: `$(${warnings.length > 0 ? "warning" : "symbol-numeric"}) ${[count, plan ? undefined : range].filter(Boolean).join(" · ")}`,
    tooltip: lines.join("\n"),
    label: lines.join(" "),
  };
}

function bandText({ low, likely, high }: TokenEstimate, { t, locale }: Reader): string {
  const show = (count: number) => count.toLocaleString(locale);
  return t("~{0} ({1} to {2})", show(likely), show(low), show(high));
}
