import type { ModelRef } from "../../budget/modelRef.ts";
import { divideHalfUp, type Nano, ONE, showAmount } from "../../budget/money.ts";
import { planText } from "../../budget/plan/plan.ts";
import type { ComparedModel, Exclusion } from "../../budget/pricing/compare.ts";
import { originOf } from "../../budget/pricing/priceOrigin.ts";
import { percent } from "../../budget/share.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { State } from "../../protocol/daemon.ts";
import { type Reader, say, type Translate } from "../words.ts";
import type { ModelRow, VerdictView } from "./protocol.ts";
import { countText, rangeText } from "./text.ts";

/** What the rows of the models follow from besides the models themselves. */
export interface RowSetting {
  chosen: ModelRef | undefined;
  /** The model that the status bar's estimates are for. */
  estimates: ModelRef;
  /** Models that were found on this machine. */
  local: readonly ModelRef[];
  list: PriceList;
  state: State;
}

export function modelRows(compared: readonly ComparedModel[], setting: RowSetting, reader: Reader): ModelRow[] {
  const dearest = compared.reduce((most, { cost }) => (cost.high > most ? cost.high : most), 0n);
  return compared.map((model) => modelRow(model, dearest, setting, reader));
}

function modelRow(model: ComparedModel, dearest: Nano, setting: RowSetting, reader: Reader): ModelRow {
  const { ref, name, estimate, cost, verdict, exclusions } = model;
  const { t } = reader;
  const { plan, binding } = verdict;
  const range = rangeText(estimate.input, reader);
  const isLocal = setting.local.some((one) => sameModel(one, ref));
  return {
    ...{ id: idOf(ref), name, origin: originText(model, isLocal, setting, t), badges: badgesOf(model, isLocal, setting, t) },
    isChosen: setting.chosen !== undefined && sameModel(setting.chosen, ref),
    tokens: countText(estimate.input, reader),
    ...(range !== undefined && { range }),
    input: plan ? "" : fineUsd(cost.start),
    output: amountOfTokens(estimate.output.likely, estimate.output.high, reader),
    total: plan ? say(t, planText(plan)) : fineRange(cost.likely, cost.high),
    ...(!plan && dearest > 0n && { bar: { likely: partOf(cost.likely, dearest), high: partOf(cost.high, dearest) } }),
    share: binding ? percent(binding.share) : "",
    ...(binding && { allowance: binding.allowance.name }),
    window: windowText(model, t),
    fits: !exclusions.includes("tooLong"),
    verdict: verdictView(model, t),
  };
}

/** What names a model between the extension and the view. */
export function idOf({ provider, model }: ModelRef): string {
  return `${provider}/${model}`;
}

/** `$0.0003–$0.0013`, or one amount where both ends read the same. */
function fineRange(likely: Nano, high: Nano): string {
  const [from, to] = [fineUsd(likely), fineUsd(high)];
  return from === to ? from : `${from}–${to}`;
}

/** The smallest amount that is told from another here: hundredths of a cent. */
const FINEST = ONE / 10_000n;

/** As everywhere, but below a cent in hundredths of it: here prices are compared. */
function fineUsd(nano: Nano): string {
  if (nano >= ONE / 100n || nano === 0n) return showAmount(nano, "usd");
  if (nano < FINEST) return "<$0.0001";
  return `$0.${divideHalfUp(nano, FINEST).toString().padStart(4, "0")}`;
}

function amountOfTokens(likely: number, high: number, { t, locale }: Reader): string {
  const [from, to] = [likely, high].map((count) => count.toLocaleString(locale));
  return from === to ? from! : t("{0} to {1}", from!, to!);
}

/** In 0..1. */
function partOf(cost: Nano, dearest: Nano): number {
  return Number((cost * ONE) / dearest) / Number(ONE);
}

function originText({ ref, source }: ComparedModel, isLocal: boolean, { list, state }: RowSetting, t: Translate): string {
  if (isLocal) return `${ref.provider} · ${t("costs nothing more")}`;
  return `${ref.provider} · ${say(t, originOf(source, list, state.policy).text)}`;
}

function badgesOf(
  { ref, cheapest }: ComparedModel,
  isLocal: boolean,
  { estimates }: RowSetting,
  t: Translate,
): ModelRow["badges"] {
  return [
    ...(cheapest ? [{ text: t("cheapest"), kind: "cheapest" as const }] : []),
    ...(isLocal ? [{ text: t("on this machine"), kind: "local" as const }] : []),
    ...(sameModel(estimates, ref) ? [{ text: t("for estimates"), kind: "estimates" as const }] : []),
  ];
}

function windowText({ contextWindow, estimate, exclusions }: ComparedModel, t: Translate): string {
  if (contextWindow === undefined) return t("not known");
  if (exclusions.includes("tooLong")) return t("too long");
  return percent((estimate.input.high + estimate.output.likely) / contextWindow);
}

/** Whether the request may go to a model, and why not or why it is asked about. */
export function verdictView({ verdict, exclusions }: ComparedModel, t: Translate): VerdictView {
  const text = { allow: t("Allowed"), confirm: t("Asks first"), block: t("Blocked") }[verdict.decision];
  const unfit = exclusions.flatMap((exclusion) => exclusionText(exclusion, t) ?? []);
  const said = [...verdict.reasons.map((reason) => reason.text), ...verdict.warnings];
  return { decision: verdict.decision, text, reasons: [...said.map((text) => say(t, text)), ...unfit] };
}

/** Nothing for a refusal: the verdict's own reasons say more. */
function exclusionText(exclusion: Exclusion, t: Translate): string | undefined {
  switch (exclusion) {
    case "refused":
      return undefined;
    case "tooLong":
      return t("The prompt and a usual answer do not fit into its context window");
    case "vision":
      return t("It is not known to see pictures");
    case "tools":
      return t("It calls no tools");
    case "deprecated":
      return t("Its provider is about to retire it");
  }
}
