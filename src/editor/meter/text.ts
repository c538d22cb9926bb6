import { type Figures, figuresOf, type MachineAllowance, tightestOf } from "../../budget/allowance/allowance.ts";
import { allowanceLine, amountText } from "../../budget/forecast/allowanceLine.ts";
import { type Forecast, forecastOf } from "../../budget/forecast/forecast.ts";
import { forecastText } from "../../budget/forecast/forecastText.ts";
import { parseAmount, showAmount } from "../../budget/money.ts";
import { planLine } from "../../budget/plan/planMeterText.ts";
import { planFiguresAt, tightestPlan } from "../../budget/plan/planWindow.ts";
import { bar, percent } from "../../budget/share.ts";
import type { Link } from "../../protocol/client.ts";
import type { History, State, SyncStatus } from "../../protocol/daemon.ts";
import { type Reader, say, withoutIcons } from "../words.ts";
import { planMeterText } from "./planMeter.ts";
import { ago, dayName, instant, onDay, resetsIn, shortDay } from "./time.ts";

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
  if (!tightest) return planView(state, reader) ?? withoutAllowance(state, reader);
  const figures = figuresOf(tightest);
  const main = mainText(tightest, figures, reader, history);
  const rest = [main.pace, resetsIn(resetOf(tightest), reader)].filter(Boolean).join(", ");
  const label = t("Token Budget: {0} of {1}, {2}", main.spoken, tightest.name, rest);
  const away = awayWord(state.sync, reader);
  if (!away) return { kind: "figures", text: `$(credit-card) ${main.text}`, label, level: figures.level };
  const text = `$(${away.icon}) ${away.word} · ${main.short}`;
  return { kind: "figures", text, label: `${label}. ${statusLine(state.sync, reader)}`, level: figures.level };
}

/** Who has a plan instead of an allowance sees its window. */
function planView({ planMeters, policy: { policy } }: State, reader: Reader): MeterView | undefined {
  const { t, now } = reader;
  const plan = tightestPlan(planMeters, now) ?? planMeters[0];
  if (!plan) return undefined;
  const figures = planFiguresAt(plan, now);
  const { share = 0, resetsAt } = figures;
  const { name, used, reset } = planMeterText(plan, reader);
  const short = say(t, planLine(plan, figures));
  const level = share >= 1 ? "spent" : share >= policy.softLimit ? "soft" : "ok";
  const text = level !== "ok" && resetsAt !== undefined ? t("{0} · resets {1}", short, shortDay(resetsAt, reader)) : short;
  const label = t("Token Budget: {0}, {1}", name, [used, reset].filter(Boolean).join(", "));
  return { kind: "figures", text: `$(credit-card) ${withoutIcons(text)}`, label, level };
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
  const forecast = forecastFor(allowance, figures, reader, history);
  const days = { now: reader.now, short: (at: number) => shortDay(at, reader) };
  const text = say(t, allowanceLine(allowance, figures, forecast, days));
  if (figures.level === "spent") return { short: t("used up"), text, spoken: t("nothing left") };
  if (figures.overdrawn > 0n) {
    const overdrawn = t("{0} overdrawn", amountText(figures.overdrawn, allowance.unit));
    return { short: overdrawn, text, spoken: overdrawn };
  }
  const left = amountText(figures.left, allowance.unit);
  const short = t("{0} left", left);
  const spoken = t("{0} left, {1} used", left, percent(figures.share));
  const { runsOut } = forecast;
  const pace = runsOut && paceWords(allowance, figures, reader, history);
  return { short, text, spoken, pace };
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
  /** What is granted on top, while it is. */
  granted?: string;
  pace?: string;
}

export function allowanceText(allowance: MachineAllowance, reader: Reader, history?: History): AllowanceText {
  const figures = figuresOf(allowance);
  const pace = paceWords(allowance, figures, reader, history);
  const granted = grantedWords(allowance, reader);
  return {
    name: allowance.per === "team" ? reader.t("{0} (shared by the team)", allowance.name) : allowance.name,
    bar: bar(figures.share),
    used: reader.t("{0} of {1} used", showAmount(figures.used, allowance.unit), amountText(figures.limit, allowance.unit)),
    left:
      figures.overdrawn > 0n
        ? overdrawnWords(allowance, figures, reader)
        : reader.t("{0} left", amountText(figures.left, allowance.unit)),
    percent: percent(figures.share),
    reset: resetsIn(resetOf(allowance), reader),
    ...(granted && { granted }),
    ...(pace && { pace }),
  };
}

/** `into overdraft: $3.00 of $10`. */
function overdrawnWords({ overdraft = "0", unit }: MachineAllowance, { overdrawn }: Figures, { t }: Reader): string {
  return t("into overdraft: {0} of {1}", showAmount(overdrawn, unit), amountText(parseAmount(overdraft), unit));
}

/** `$5.00 of it granted until Nov 30, 2026, 10:00 PM`, by the first that ends. */
function grantedWords(allowance: MachineAllowance, reader: Reader): string | undefined {
  const { grants = [] } = allowance;
  const [first] = grants.map(({ until }) => Date.parse(until)).sort((a, b) => a - b);
  if (first === undefined) return undefined;
  const sum = grants.reduce((total, { amount: one }) => total + parseAmount(one), 0n);
  return reader.t("{0} of it granted until {1}", amountText(sum, allowance.unit), instant(first, reader));
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

const resetOf = (allowance: MachineAllowance) => Date.parse(allowance.period.resetsAt);

function view(kind: MeterView["kind"], text: string, label: string): MeterView {
  return { kind, text, label, level: "ok" };
}
