import { type Figures, figuresOf, type MachineAllowance, tightestOf } from "../../budget/allowance.ts";
import { type Forecast, forecastOf } from "../../budget/forecast.ts";
import { forecastText, isSoon, isSure } from "../../budget/forecastText.ts";
import { showAmount } from "../../budget/money.ts";
import { bar, percent } from "../../budget/share.ts";
import type { Link } from "../../protocol/client.ts";
import type { History, State, SyncStatus } from "../../protocol/daemon.ts";
import { type Reader, say } from "../words.ts";
import { ago, dayName, onDay, resetsIn, shortDay } from "./time.ts";

/** What the meter shows; all of it follows from the daemon's link and last snapshot. */
export interface MeterView {
  kind: "loading" | "failed" | "signedOut" | "refused" | "empty" | "figures";
  /** The status-bar text, with codicons. */
  text: string;
  /** The same for a screen reader. */
  label: string;
  level: Figures["level"];
}

/** The one line in the status bar: the tightest allowance, or why there is none. `history`: what forecasts build on, where it is known. */
export function meterView(link: Link, state: State | undefined, reader: Reader, history?: History): MeterView {
  const { t } = reader;
  if (link.phase === "failed") {
    const reason = link.reason ?? t("reason unknown");
    return view("failed", `$(warning) ${t("budget unavailable")}`, t("Token Budget is unavailable: {0}", reason));
  }
  if (!state) return view("loading", "$(loading~spin) Token Budget", t("Token Budget is starting"));
  const tightest = tightestOf(state.allowances);
  if (state.sync.phase === "refused")
    return view("refused", `$(key) ${t("sign in again")}`, t("Token Budget: sign in again. {0}", state.sync.reason ?? ""));
  if (!tightest) return withoutAllowance(state, reader);
  const figures = figuresOf(tightest);
  const main = mainText(tightest, figures, reader, history);
  const rest = [main.pace, resetsIn(resetOf(tightest), reader)].filter(Boolean).join(", ");
  const label = t("Token Budget: {0} of {1}, {2}", main.spoken, tightest.name, rest);
  const away = awayWord(state.sync, reader);
  if (!away) return { kind: "figures", text: `$(credit-card) ${main.text}`, label, level: figures.level };
  const text = `$(${away.icon}) ${away.word} · ${main.short}`;
  return { kind: "figures", text, label: `${label}. ${statusLine(state.sync, reader)}`, level: figures.level };
}

function withoutAllowance({ sync }: State, reader: Reader): MeterView {
  const { t } = reader;
  if (sync.phase === "signedOut")
    return view(
      "signedOut",
      `$(credit-card) ${t("set a budget")}`,
      t("Token Budget: no budget. Select to set one, or to sign in to your team."),
    );
  const away = awayWord(sync, reader);
  const line = statusLine(sync, reader);
  if (away) return view("empty", `$(${away.icon}) ${away.word}`, t("Token Budget: {0}", line));
  if (sync.phase === "connecting") return view("loading", "$(loading~spin) Token Budget", t("Token Budget: {0}", line));
  return view("empty", `$(credit-card) ${t("no limit")}`, t("Token Budget: your team has set no allowance"));
}

function mainText(
  allowance: MachineAllowance,
  figures: Figures,
  reader: Reader,
  history: History | undefined,
): { short: string; text: string; spoken: string; pace?: string | undefined } {
  const { t } = reader;
  const used = percent(figures.share);
  if (figures.level === "spent") {
    const short = t("used up");
    return { short, text: t("used up · resets {0}", shortDay(resetOf(allowance), reader)), spoken: t("nothing left") };
  }
  const left = amount(allowance, figures.remaining);
  const short = t("{0} left", left);
  const spoken = t("{0} left, {1} used", left, used);
  const { runsOut } = forecastFor(allowance, figures, reader, history);
  if (!runsOut) return { short, text: t("{0} left · {1}", left, used), spoken };
  const text = t("{0} left · {1} · out {2}", left, used, outWord(runsOut, reader));
  return { short, text, spoken, pace: paceWords(allowance, figures, reader, history) };
}

/** When it runs out, as short as can be: `Thu`, `~Dec 24`, `soon`. */
function outWord(runsOut: NonNullable<Forecast["runsOut"]>, reader: Reader): string {
  if (isSure(runsOut)) return shortDay(runsOut.at, reader);
  return isSoon(runsOut, reader.now) ? reader.t("soon") : `~${shortDay(runsOut.at, reader)}`;
}

/** Icon and word while the endpoint's figures are not live; undefined when they are. */
function awayWord(sync: SyncStatus, { t }: Reader): { icon: string; word: string } | undefined {
  if (sync.phase === "offline") return { icon: "debug-disconnect", word: t("offline") };
  if (sync.phase === "stale") return { icon: "history", word: t("not up to date") };
  return undefined;
}

/** How the daemon stands to the endpoint, in a sentence. The reason may be the server's words: show it as text only. */
export function statusLine(sync: SyncStatus, reader: Reader): string {
  const { t } = reader;
  const synced = sync.lastSync && ago(Date.parse(sync.lastSync), reader);
  const because = sync.reason ? `: ${sync.reason}` : "";
  switch (sync.phase) {
    case "live":
      return synced ? t("synced {0}", synced) : t("connected");
    case "connecting":
      return synced ? t("connecting; figures from {0}", synced) : t("connecting");
    case "stale":
      return synced ? t("not up to date{0}; figures from {1}", because, synced) : t("not up to date{0}", because);
    case "offline":
      return synced ? t("offline{0}; figures from {1}", because, synced) : t("offline{0}", because);
    case "refused":
      return t("the endpoint refused to let you in{0}", because);
    case "signedOut":
      return t("not signed in");
  }
}

/** One allowance in the words and bars of the hover and the list. */
export interface AllowanceText {
  name: string;
  bar: string;
  /** `$19 of $31 used`. */
  used: string;
  left: string;
  percent: string;
  reset: string;
  pace?: string;
}

export function allowanceText(allowance: MachineAllowance, reader: Reader, history?: History): AllowanceText {
  const figures = figuresOf(allowance);
  const pace = paceWords(allowance, figures, reader, history);
  return {
    name: allowance.per === "team" ? reader.t("{0} (shared by the team)", allowance.name) : allowance.name,
    bar: bar(figures.share),
    used: reader.t("{0} of {1} used", showAmount(figures.used, allowance.unit), amount(allowance, figures.limit)),
    left: reader.t("{0} left", amount(allowance, figures.remaining)),
    percent: percent(figures.share),
    reset: resetsIn(resetOf(allowance), reader),
    ...(pace && { pace }),
  };
}

/** Where the pace leads, as people say it; undefined where it is too early to tell, or too late. */
function paceWords(
  allowance: MachineAllowance,
  figures: Figures,
  reader: Reader,
  history: History | undefined,
): string | undefined {
  if (figures.used === 0n) return reader.t("not used yet");
  const days = { now: reader.now, on: (at: number) => onDay(at, reader), name: (at: number) => dayName(at, reader) };
  const text = forecastText(forecastFor(allowance, figures, reader, history), days);
  return text && say(reader.t, text);
}

function forecastFor(allowance: MachineAllowance, figures: Figures, { now }: Reader, history: History | undefined): Forecast {
  const { patterns = {}, timeZone = "UTC" } = history ?? {};
  return forecastOf(allowance, now, { pattern: patterns[allowance.id], timeZone }, figures);
}

function amount(allowance: MachineAllowance, nano: bigint): string {
  return allowance.unit === "tokens" ? `${showAmount(nano, "tokens")} tokens` : showAmount(nano, "usd");
}

const resetOf = (allowance: MachineAllowance) => Date.parse(allowance.period.resetsAt);

function view(kind: MeterView["kind"], text: string, label: string): MeterView {
  return { kind, text, label, level: "ok" };
}
