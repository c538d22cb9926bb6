import * as vscode from "vscode";
import { percent } from "../../budget/share.ts";
import { recentSpending } from "../../budget/spending/recentSpending.ts";
import type { Link } from "../../protocol/client.ts";
import type { Coverage, History, State } from "../../protocol/daemon.ts";
import type { CopilotHint, Hint } from "../copilot/hint.ts";
import { type ChartColors, columnChart, pictureUri } from "../spending/chart.ts";
import { recentSpoken, recentTotal } from "../spending/summary.ts";
import { weekdayLetter } from "../spending/words.ts";
import type { Reader } from "../words.ts";
import { planMeterText } from "./planMeter.ts";
import { allowanceText, statusLine } from "./text.ts";
import { clock } from "./time.ts";

/** Commands that the hover may link to; no other link in it runs anything. */
const commands = [
  ...["signIn", "setBudget", "syncNow", "showAllowances", "showSpending", "askForMore", "showRequests", "previewCost"],
  ...["showLog", "openSettings", "guardCopilot", "hideCopilotHint"],
].map((name) => `tokenBudget.${name}`);

/** What the hover tells besides the daemon's snapshot. */
export interface HoverParts {
  /** What was used lately, where it is known. */
  history: History | undefined;
  /** A picture cannot have the theme's colours by itself. */
  theme: vscode.ColorThemeKind;
  /** What there is to say of Copilot Chat. */
  copilot: CopilotHint["due"];
}

/** The meter's hover. Names and reasons come from a server: they are appended as text, never as Markdown. */
export function meterHover(
  link: Link,
  state: State | undefined,
  reader: Reader,
  { history, theme, copilot }: HoverParts,
): vscode.MarkdownString {
  const hover = new vscode.MarkdownString("", true);
  hover.isTrusted = { enabledCommands: commands };
  if (link.phase === "failed") return failed(hover, link, reader);
  if (!state) {
    hover.appendText(reader.t("Token Budget is starting…"));
    return hover;
  }
  if (state.account) heading(hover, `${state.account.person.name} · ${state.account.team.name}`);
  else heading(hover, "Token Budget");
  for (const allowance of state.allowances) {
    const { name, bar, percent, used, left, reset, granted, pace } = allowanceText(allowance, reader, history);
    hover.appendMarkdown("**").appendText(name).appendMarkdown("** &nbsp;").appendText(left).appendMarkdown("  \n");
    hover.appendMarkdown(`\`${bar}\` &nbsp;${percent} &nbsp;`).appendText(used).appendMarkdown("  \n");
    paragraph(hover, [reset, granted, pace].filter(Boolean).join(" · "));
  }
  for (const meter of state.planMeters) planRows(hover, meter, reader);
  if (history) spendingRows(hover, history, theme, reader);
  hover.appendMarkdown("---\n\n");
  statusParagraphs(hover, state, reader);
  coverageLines(hover, state, reader);
  if (copilot) guardHint(hover, copilot, reader);
  links(hover, state, reader);
  return hover;
}

function failed(hover: vscode.MarkdownString, link: Link, { t }: Reader): vscode.MarkdownString {
  heading(hover, t("Token Budget is unavailable"));
  paragraph(hover, link.reason ?? t("The reason is not known."));
  hover.appendMarkdown(`[${t("Retry")}](command:tokenBudget.syncNow) · [${t("Show Log")}](command:tokenBudget.showLog)`);
  return hover;
}

function planRows(hover: vscode.MarkdownString, meter: State["planMeters"][number], reader: Reader): void {
  const { name, bar, percent, used, reset } = planMeterText(meter, reader);
  hover.appendMarkdown("**").appendText(name).appendMarkdown("**  \n");
  if (bar) hover.appendMarkdown(`\`${bar}\` &nbsp;${percent} &nbsp;`);
  hover.appendText(used);
  if (reset) hover.appendMarkdown("  \n").appendText(reset);
  hover.appendMarkdown("\n\n");
}

/** What was used lately, day by day, and what by; the way to all of it. */
function spendingRows(hover: vscode.MarkdownString, history: History, theme: vscode.ColorThemeKind, reader: Reader): void {
  const recent = recentSpending(history.rows, history.today);
  if (!recent) return;
  const columns = recent.days.map(({ day, spent }) => ({ amount: spent, label: weekdayLetter(day, reader) }));
  hover.appendMarkdown("---\n\n**").appendText(recentTotal(recent, reader)).appendMarkdown("**\n\n");
  hover.appendMarkdown(`![${recentSpoken(recent, reader)}](${pictureUri(columnChart(columns, COLORS[theme]))})\n\n`);
  if (recent.most.length > 0) hover.appendText(`${reader.t("mostly {0}", recent.most.join(", "))} · `);
  hover.appendMarkdown(`[${reader.t("What Used It Up?")}](command:tokenBudget.showSpending)\n\n`);
}

/** VS Code's own chart and text colours of its default themes. */
const DARK: ChartColors = { column: "#3a6ea5", last: "#59a4f9", text: "#cccccc" };
const LIGHT: ChartColors = { column: "#7fa9d6", last: "#0063d3", text: "#3b3b3b" };
const COLORS: Record<vscode.ColorThemeKind, ChartColors> = {
  [vscode.ColorThemeKind.Light]: LIGHT,
  [vscode.ColorThemeKind.Dark]: DARK,
  [vscode.ColorThemeKind.HighContrast]: { column: "#ffffff", last: "#ffd700", text: "#ffffff" },
  [vscode.ColorThemeKind.HighContrastLight]: { column: "#292929", last: "#0f4a85", text: "#292929" },
};

function statusParagraphs(hover: vscode.MarkdownString, state: State, reader: Reader): void {
  const { t } = reader;
  if (state.sync.phase === "signedOut") paragraph(hover, signedOutText(state, reader), "$(account) ");
  else paragraph(hover, capitalised(statusLine(state.sync, reader)), state.sync.phase === "live" ? "$(sync) " : "$(warning) ");
  if (state.travel) paragraph(hover, travelText(state.travel, reader), "$(briefcase) ");
  if (state.pending.entries > 0)
    paragraph(hover, t("{0} requests are not reported yet", state.pending.entries), "$(cloud-upload) ");
  if (state.pending.uncertain > 0)
    paragraph(hover, t("{0} requests ended unseen and are charged at their estimate", state.pending.uncertain), "$(question) ");
  const teams = Object.keys(state.account ? state.policy.policy.settings : {});
  if (teams.length > 0) paragraph(hover, t("Your team sets for you: {0}", teams.join(", ")), "$(lock) ");
  if (state.ledgerWarning) paragraph(hover, state.ledgerWarning, "$(warning) ");
}

function coverageLines(hover: vscode.MarkdownString, { coverage }: State, reader: Reader): void {
  for (const one of coverage) line(hover, coverageText(one, reader), `$(${COVERAGE_ICONS[one.level]}) `);
  hover.appendMarkdown("\n");
}

const COVERAGE_ICONS: Record<Coverage["level"], string> = { guarded: "shield", observed: "eye", unseen: "eye-closed" };

/** The one word about it, until it is heeded or hidden for good. */
function guardHint(hover: vscode.MarkdownString, hint: Hint, { t }: Reader): void {
  const isNew = hint === "guard";
  hover.appendText(
    isNew
      ? t("Copilot Chat sends without asking here.")
      : t("Copilot Chat reports what it used to where nobody listens any more."),
  );
  const guard = isNew ? t("Guard It…") : t("Guard It Again…");
  hover.appendMarkdown(
    ` [${guard}](command:tokenBudget.guardCopilot) · [${t("Hide This")}](command:tokenBudget.hideCopilotHint)\n\n`,
  );
}

function signedOutText({ allowances, planMeters }: State, { t }: Reader): string {
  if (allowances.length === 0 && planMeters.length > 0)
    return t("Your own plans, as far as this machine has used them: vendors count what is used elsewhere, too.");
  if (allowances.length > 0) return t("Your own budget, known on this machine alone. You are not signed in to a team.");
  return t("You are not signed in to a team. Requests are still counted on this machine.");
}

function travelText({ amount, left, until }: NonNullable<State["travel"]>, reader: Reader): string {
  return reader.t("Travel advance: {0} of {1} left, until {2}", `$${left}`, `$${amount}`, clock(Date.parse(until), reader));
}

function coverageText({ source, level, share }: Coverage, { t }: Reader): string {
  const of = share === undefined ? "" : ` (${t("{0} of what was spent lately", percent(share))})`;
  if (level === "guarded") return `${t("{0}: asked before it is sent", source)}${of}`;
  return level === "observed" ? `${t("{0}: counted afterwards", source)}${of}` : t("{0}: not seen", source);
}

function links(hover: vscode.MarkdownString, state: State, { t }: Reader): void {
  const link = (name: string, title: string) => `[${title}](command:tokenBudget.${name})`;
  const signedOut = state.sync.phase === "signedOut" || state.sync.phase === "refused";
  const retry = state.sync.phase === "offline" || state.sync.phase === "stale" ? t("Retry Now") : t("Sync Now");
  const waiting = state.grants.filter((grant) => grant.state === "requested").length;
  hover.appendMarkdown(
    [
      link("previewCost", t("Preview Prompt Cost")),
      ...(state.sync.phase === "signedOut" ? [link("setBudget", t("Set Budget"))] : []),
      signedOut ? link("signIn", t("Sign In")) : link("syncNow", retry),
      link("showAllowances", t("Show Allowances")),
      ...(signedOut
        ? []
        : [
            link("askForMore", t("Ask for More")),
            ...(waiting > 0 ? [link("showRequests", t("Open Requests ({0})", waiting))] : []),
          ]),
      link("openSettings", t("Settings")),
    ].join(" · "),
  );
}

function heading(hover: vscode.MarkdownString, text: string): void {
  hover.appendMarkdown("#### ").appendText(text).appendMarkdown("\n\n");
}

function paragraph(hover: vscode.MarkdownString, text: string, icon = ""): void {
  hover.appendMarkdown(icon).appendText(text).appendMarkdown("\n\n");
}

/** A line that the next one follows closely. */
function line(hover: vscode.MarkdownString, text: string, icon: string): void {
  hover.appendMarkdown(icon).appendText(text).appendMarkdown("  \n");
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
