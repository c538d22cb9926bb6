import type { CostRange } from "../../budget/estimate/estimate.ts";
import { normFor } from "../../budget/estimate/outputNorms.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { planText } from "../../budget/plan/plan.ts";
import type { Work } from "../../budget/policy/work.ts";
import { alternativesTo, type ComparedModel } from "../../budget/pricing/compare.ts";
import { percent } from "../../budget/share.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { State } from "../../protocol/daemon.ts";
import { aroundUsd, costRange, lessText } from "../guard/question.ts";
import { statusLine } from "../meter/text.ts";
import { type Reader, say } from "../words.ts";
import { type Figures, previewFigures } from "./figures.ts";
import type { LocalSearch } from "./localSearch.ts";
import { idOf, modelRows, verdictView } from "./modelRows.ts";
import { includedOf, inputOfParts, type PreviewPart } from "./part.ts";
import { partRows } from "./partRows.ts";
import type { Action, ActionView, Headline, PreviewView } from "./protocol.ts";
import { staticWords } from "./staticWords.ts";
import { countText, tokensText } from "./text.ts";

/** What a preview is of. */
export interface PreviewSubject {
  /** The document, or the selection in it, that the prompt may be taken from. */
  documentName: string | undefined;
  isTyped: boolean;
  parts: readonly PreviewPart[];
  /** The model for which it is counted where there are no prices. */
  model: string;
}

/** Where its figures come from; absent without prices. */
export interface PreviewSetting {
  refs: readonly ModelRef[];
  local: LocalSearch;
  chosen: ModelRef;
  estimates: ModelRef;
  list: PriceList;
  state: State;
  /** What the window's requests are for. */
  work: Work;
}

/** All that the preview shows. Pure: the same for the same prompt, prices and allowances. */
export function previewView(subject: PreviewSubject, setting: PreviewSetting | undefined, reader: Reader): PreviewView {
  const { t } = reader;
  const { parts, isTyped, documentName } = subject;
  const figures = setting && previewFigures({ ...setting, parts, local: setting.local.models, at: reader.now });
  const chosen = figures?.chosen;
  const headline = chosen && headlineOf(chosen, figures.compared, reader);
  const model = chosen?.ref.model ?? subject.model;
  return {
    sources: [
      ...(documentName === undefined ? [] : [{ id: "document" as const, label: documentName, isChosen: !isTyped }]),
      { id: "typed", label: t("Text typed here"), isChosen: isTyped },
    ],
    ...(headline && { headline }),
    parts: partRows(parts, model, setting?.state.calibration, reader),
    total: {
      label: t("Together, with what goes around a message"),
      tokens: countText(chosen?.estimate.input ?? inputOfParts(parts, model), reader),
    },
    models:
      setting && figures
        ? modelRows(figures.compared, { ...setting, chosen: chosen?.ref, local: setting.local.models }, reader)
        : [],
    notes: notesOf(subject, setting, figures, reader),
    actions: actionsOf(subject, setting, chosen, reader),
    words: staticWords(t),
    announcement: headline ? t("{0}: {1}. {2}", headline.model, headline.summary, headline.verdict.text) : "",
  };
}

function headlineOf(model: ComparedModel, compared: readonly ComparedModel[], reader: Reader): Headline {
  const { t } = reader;
  const { name, cost, estimate, verdict } = model;
  const { plan, binding } = verdict;
  const range = plan ? say(t, planText(plan)) : costRange(cost.likely, cost.high);
  const tokens = tokensText(estimate.input, reader);
  const cheaper = alternativesTo(compared, cost)[0];
  const less = cheaper && lessText(cheaper, reader);
  return {
    model: name,
    amount: range,
    summary: plan ? tokens : `${rangeWords(cost, reader)} · ${tokens}`,
    ...(binding && { share: t("{0} of what is left of {1}", percent(binding.share), binding.allowance.name) }),
    verdict: verdictView(model, t),
    ...(cheaper && less && { cheaper: { text: t("It would cost {0}.", less), model: idOf(cheaper.ref) } }),
  };
}

/** `starts around $0.02, usually $0.05–$0.30`. */
function rangeWords({ start, likely, high }: CostRange, reader: Reader): string {
  const range = costRange(likely, high);
  if (range.startsWith("<")) return reader.t("below {0} with the answer", range.slice(1));
  return reader.t("starts {0}, usually {1}", aroundUsd(start, reader), range);
}

function notesOf(
  { parts }: PreviewSubject,
  setting: PreviewSetting | undefined,
  figures: Figures | undefined,
  reader: Reader,
): string[] {
  const { t } = reader;
  const hasTools = parts.some(({ kind, isIncluded }) => kind === "tools" && isIncluded);
  return [
    t(
      "Not counted: what an agent reads on its own. In a turn it sends the conversation again with every step, often many times the prompt; what is shown is where it starts.",
    ),
    hasTools && t("Tools are counted as the chat's agent sends them; “Send” sends none."),
    ...(setting && figures ? settingNotes(setting, figures, reader) : []),
  ].filter((note) => typeof note === "string");
}

function settingNotes({ local, state }: PreviewSetting, { compared, chosen, unpriced }: Figures, reader: Reader): string[] {
  const { t } = reader;
  const own = chosen && normFor(state.outputs, "send", chosen.ref);
  return [
    own
      ? t("How long the answer will be follows from your own answers of this kind.")
      : t(
          "How long the answer will be is assumed (half stay below 400 tokens, nine of ten below 2,000) until you have had some.",
        ),
    compared.some(({ estimate }) => !estimate.input.exact) &&
      t("~ marks an estimate: that model's tokenizer is not public. Nine of ten lie in the range."),
    unpriced.length > 0 && t("No price is known of {0}.", unpriced.map(idOf).join(", ")),
    localNote(local, reader),
    state.sync.phase !== "live" && state.sync.phase !== "signedOut" && t("Your allowances: {0}.", statusLine(state.sync, reader)),
  ].filter((note) => typeof note === "string");
}

function localNote({ isOver, models, servers }: LocalSearch, { t }: Reader): string | undefined {
  if (!isOver || models.length > 0) return undefined;
  if (servers.length === 1) return t("No model was found on this machine (looked at {0}).", servers[0]!);
  return t("No model was found on this machine (looked at {0} addresses).", servers.length);
}

function actionsOf(
  { parts, isTyped }: PreviewSubject,
  setting: PreviewSetting | undefined,
  chosen: ComparedModel | undefined,
  { t }: Reader,
): Record<Action, ActionView> {
  const name = chosen?.name ?? "";
  const hasPrompt = includedOf(parts).length > 0;
  const isBlocked = chosen?.verdict.decision === "block";
  const isOther = chosen !== undefined && setting !== undefined && !sameModel(chosen.ref, setting.estimates);
  const always = (label: string, title: string) => ({ label, isEnabled: true, title });
  return {
    send: {
      label: chosen ? t("Send to {0}", name) : t("Send"),
      isEnabled: hasPrompt && chosen !== undefined && !isBlocked,
      title: isBlocked ? t("Your team's policy does not allow it") : t("Through the guard; the answer opens beside"),
    },
    openChat: { label: t("Open in Chat"), isEnabled: hasPrompt, title: t("Puts the prompt into the chat, without sending it") },
    copyPrompt: { label: t("Copy Prompt"), isEnabled: hasPrompt, title: t("The text with all that is counted") },
    copyFigures: { label: t("Copy Figures"), isEnabled: chosen !== undefined, title: t("Both tables as Markdown") },
    useForEstimates: {
      label: t("Use for Estimates"),
      isEnabled: isOther,
      title: isOther ? t("The status bar shows estimates for {0} from then on", name) : t("Estimates are for this model"),
    },
    addFiles: always(t("Attach Files…"), t("Files of this workspace, counted along with the prompt")),
    pasteClipboard: always(
      t("Use Clipboard"),
      isTyped ? t("Replaces the text by that of the clipboard") : t("Counts the clipboard's text instead"),
    ),
  };
}
