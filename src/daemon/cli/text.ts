import { figuresOf, type MachineAllowance } from "../../budget/allowance/allowance.ts";
import { forecastOf } from "../../budget/forecast/forecast.ts";
import { type DayWords, forecastText } from "../../budget/forecast/forecastText.ts";
import { inEnglish } from "../../budget/message.ts";
import { showAmount } from "../../budget/money.ts";
import { bar, percent } from "../../budget/share.ts";
import type { History, State, SyncStatus } from "../../protocol/daemon.ts";
import { coverageText } from "./coverageText.ts";
import { planRow, recentLines } from "./spendingText.ts";

const DAY_MS = 86_400_000;

/**
 * What `status` prints: how the daemon stands to the endpoint, whose account it is, what is left of each allowance and where it leads, and what was
 * used lately. `now`: epoch ms, by the endpoint's clock.
 */
export function statusText(state: State, history: History, now: number): string {
  const paragraphs = [
    accountLines(state),
    meterLines(state, history, now),
    recentLines(history),
    coverageLines(state),
    restLines(state),
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function accountLines({ account, sync, allowances, planMeters }: State): string[] {
  if (sync.phase === "signedOut" && allowances.length === 0 && planMeters.length > 0)
    return ["Your own plans; not signed in to a team."];
  if (sync.phase === "signedOut" && allowances.length > 0) return ["Your own budget; not signed in to a team."];
  if (sync.phase === "signedOut")
    return [
      "Not signed in.",
      'Sign in with "Token Budget: Sign In…" in VS Code, or set TOKEN_BUDGET_ENDPOINT and TOKEN_BUDGET_TOKEN.',
      'For a budget of your own use "Token Budget: Set Personal Budget…" in VS Code.',
    ];
  const who = account ? [`${account.person.name} (${account.person.role}), team ${account.team.name}, ${account.endpoint}`] : [];
  return [...who, syncLine(sync)];
}

const PHASES: Record<SyncStatus["phase"], string> = {
  signedOut: "Not signed in",
  connecting: "Connecting to the endpoint",
  live: "In sync",
  stale: "Not up to date",
  offline: "Offline",
  refused: "The endpoint refused to let you in",
};

function syncLine({ phase, reason, lastSync, nextTry }: SyncStatus): string {
  const figures = lastSync ? `; figures from ${localTime(lastSync)}` : "";
  const again = nextTry && phase !== "live" ? `; next try ${localTime(nextTry)}` : "";
  return `${PHASES[phase]}${reason ? `: ${reason}` : ""}${figures}${again}`;
}

function meterLines({ allowances, planMeters, sync }: State, history: History, now: number): string[] {
  const none = allowances.length === 0 && sync.phase === "live" ? ["The team has set no allowance."] : [];
  const rows = [
    ...allowances.map((allowance) => allowanceRow(allowance, history, now)),
    ...planMeters.map((meter) => planRow(meter, now, (at) => resetText(at, now))),
  ];
  return [...none, ...columns(rows, ["left", "left", "left", "right", "left", "left"])];
}

function allowanceRow(allowance: MachineAllowance, { patterns, timeZone }: History, now: number): string[] {
  const figures = figuresOf(allowance);
  const { used, limit, share } = figures;
  const forecast = forecastOf(allowance, now, { pattern: patterns[allowance.id], timeZone }, figures);
  const pace = used === 0n ? undefined : forecastText(forecast, dayWords(now));
  const name = allowance.per === "team" ? `${allowance.name} (shared by the team)` : allowance.name;
  const unit = allowance.unit === "tokens" ? " tokens" : "";
  const amounts = `${showAmount(used, allowance.unit)} of ${showAmount(limit, allowance.unit)}${unit}`;
  const reset = resetText(Date.parse(allowance.period.resetsAt), now);
  return [name, bar(share), amounts, percent(share), reset, pace ? inEnglish(pace) : ""];
}

function resetText(at: number, now: number): string {
  return `resets ${localTime(new Date(at).toISOString())} (${inDays(at - now)})`;
}

function dayWords(now: number): DayWords {
  const isNear = (at: number) => at - now < 6 * DAY_MS;
  const name = (at: number) =>
    new Date(at).toLocaleDateString("en-GB", isNear(at) ? { weekday: "long" } : { day: "numeric", month: "long" });
  const isOn = (at: number, day: number) => new Date(at).toDateString() === new Date(day).toDateString();
  const on = (at: number) => (isOn(at, now) ? "today" : isOn(at, now + DAY_MS) ? "tomorrow" : `on ${name(at)}`);
  return { now, on, name };
}

function coverageLines({ coverage }: State): string[] {
  const isKnown = coverage.some(({ share }) => share !== undefined);
  return isKnown ? columns(coverage.map(coverageText), ["left", "left", "left"]) : [];
}

function restLines({ pending, travel, ledgerWarning }: State): string[] {
  const along = travel ? `Travel advance: $${travel.left} of $${travel.amount} left, until ${localTime(travel.until)}` : "";
  const { entries, uncertain } = pending;
  const waiting = entries ? [`${entries} ${entries === 1 ? "entry waits" : "entries wait"} to reach the endpoint`] : [];
  const unknown = uncertain ? [`${uncertain} uncertain: charged at the estimate`] : [];
  return [along, [...waiting, ...unknown].join("; "), ledgerWarning ?? ""].filter(Boolean);
}

function localTime(instant: string): string {
  return new Date(instant).toLocaleString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}

function inDays(milliseconds: number): string {
  const hours = Math.max(0, Math.round(milliseconds / 3_600_000));
  return hours < 48 ? `in ${hours} h` : `in ${Math.round(hours / 24)} days`;
}

/** Rows as aligned columns, two spaces apart; without the columns that are empty. */
export function columns(rows: readonly string[][], align: readonly ("left" | "right")[]): string[] {
  const widths = align.map((_, column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number) =>
    align[column] === "right" ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return rows.map((row) =>
    row
      .map(cell)
      .filter((_, column) => widths[column]! > 0)
      .join("  ")
      .trimEnd(),
  );
}
