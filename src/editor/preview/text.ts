import type { Alternative, ComparedModel, Exclusion } from "../../budget/compare.ts";
import { ONE, showAmount, showTokens } from "../../budget/money.ts";
import { planText } from "../../budget/plan.ts";
import { percent } from "../../budget/share.ts";
import type { ModelPrice } from "../../prices/rates.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import { aroundUsd, costRange, lessText } from "../guard/question.ts";
import { type Reader, say } from "../words.ts";

/** One model's row of the preview, as text. */
export interface PreviewText {
  label: string;
  description: string;
  detail: string;
}

/** @param cheaper the cheapest model that costs less, if any */
export function previewText(
  { name, ref, estimate, cost, verdict, exclusions, cheapest }: ComparedModel,
  cheaper: Alternative | undefined,
  reader: Reader,
): PreviewText {
  const { t } = reader;
  const share =
    verdict.binding && t("{0} of what is left of {1}", percent(verdict.binding.share), verdict.binding.allowance.name);
  const unfit = exclusions.map((exclusion) => exclusionText(exclusion, t));
  const marks = [ref.provider, cheapest && t("cheapest"), ...unfit, share];
  const reason = verdict.reasons[0];
  const detail = [
    tokensText(estimate.input, reader),
    verdict.plan
      ? say(t, planText(verdict.plan))
      : t("starts {0}, usually {1}", aroundUsd(cost.start, reader), costRange(cost.likely, cost.high)),
    verdict.decision !== "allow" && reason && say(t, reason.text),
    cheaper && lessText(cheaper, reader),
  ];
  return {
    label: `$(${iconOf(verdict.decision)}) ${plain(name)}`,
    description: plain(marks.filter(Boolean).join(" · ")),
    detail: plain(detail.filter(Boolean).join(" · ")),
  };
}

/** Nothing for a refusal: the verdict's reason says more. */
function exclusionText(exclusion: Exclusion, t: Reader["t"]): string | undefined {
  if (exclusion === "tooLong") return t("too long for this model");
  return exclusion === "deprecated" ? t("about to be retired") : undefined;
}

/** `1.2k tokens`, with `~` where the count is not exact. */
export function tokensText({ likely, exact }: TokenEstimate, { t }: Reader): string {
  return t("{0} tokens", `${exact ? "" : "~"}${showTokens(likely)}`);
}

/** A model's price as lists show it: `$0.15 in, $0.60 out per 1M tokens`. */
export function priceDetail({ rates }: ModelPrice, { t }: Reader): string {
  const perMillion = (pico: string) => showAmount((BigInt(pico) * ONE) / 1_000_000n, "usd");
  return t("{0} in, {1} out per 1M tokens", perMillion(rates.input), perMillion(rates.output));
}

function iconOf(decision: ComparedModel["verdict"]["decision"]): string {
  if (decision === "allow") return "pass";
  return decision === "confirm" ? "question" : "circle-slash";
}

/** A server's text must not draw codicons. */
function plain(text: string): string {
  return text.replaceAll("$(", "$ (");
}
