import * as vscode from "vscode";
import type { Link } from "../../protocol/client.ts";
import type { Coverage, State } from "../../protocol/daemon.ts";
import type { Reader } from "../words.ts";
import { allowanceText, statusLine } from "./text.ts";

/** Commands that the hover may link to; no other link in it runs anything. */
const commands = ["signIn", "setBudget", "syncNow", "showAllowances", "previewCost", "showLog", "openSettings"].map(
  (name) => `tokenBudget.${name}`,
);

/** The meter's hover. Names and reasons come from a server: they are appended as text, never as Markdown. */
export function meterHover(link: Link, state: State | undefined, reader: Reader): vscode.MarkdownString {
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
    const { name, bar, percent, used, left, reset, pace } = allowanceText(allowance, reader);
    hover.appendMarkdown("**").appendText(name).appendMarkdown("** &nbsp;").appendText(left).appendMarkdown("  \n");
    hover.appendMarkdown(`\`${bar}\` &nbsp;${percent} &nbsp;`).appendText(used).appendMarkdown("  \n");
    paragraph(hover, [reset, pace].filter(Boolean).join(" · "));
  }
  hover.appendMarkdown("---\n\n");
  statusParagraphs(hover, state, reader);
  links(hover, state, reader);
  return hover;
}

function failed(hover: vscode.MarkdownString, link: Link, { t }: Reader): vscode.MarkdownString {
  heading(hover, t("Token Budget is unavailable"));
  paragraph(hover, link.reason ?? t("The reason is not known."));
  hover.appendMarkdown(`[${t("Retry")}](command:tokenBudget.syncNow) · [${t("Show Log")}](command:tokenBudget.showLog)`);
  return hover;
}

function statusParagraphs(hover: vscode.MarkdownString, state: State, reader: Reader): void {
  const { t } = reader;
  if (state.sync.phase === "signedOut") paragraph(hover, signedOutText(state, reader), "$(account) ");
  else paragraph(hover, capitalised(statusLine(state.sync, reader)), state.sync.phase === "live" ? "$(sync) " : "$(warning) ");
  if (state.pending.entries > 0)
    paragraph(hover, t("{0} requests are not reported yet", state.pending.entries), "$(cloud-upload) ");
  if (state.pending.uncertain > 0)
    paragraph(hover, t("{0} requests ended unseen and are charged at their estimate", state.pending.uncertain), "$(question) ");
  if (state.ledgerWarning) paragraph(hover, state.ledgerWarning, "$(warning) ");
  for (const one of state.coverage)
    paragraph(hover, coverageText(one, reader), one.level === "unseen" ? "$(eye-closed) " : "$(eye) ");
}

function signedOutText({ allowances }: State, { t }: Reader): string {
  if (allowances.length > 0) return t("Your own budget, known on this machine alone. You are not signed in to a team.");
  return t("You are not signed in to a team. Requests are still counted on this machine.");
}

function coverageText({ source, level }: Coverage, { t }: Reader): string {
  if (level === "guarded") return t("{0}: asked before it is sent", source);
  return level === "observed" ? t("{0}: counted afterwards", source) : t("{0}: not seen", source);
}

function links(hover: vscode.MarkdownString, state: State, { t }: Reader): void {
  const link = (name: string, title: string) => `[${title}](command:tokenBudget.${name})`;
  const signedOut = state.sync.phase === "signedOut" || state.sync.phase === "refused";
  const retry = state.sync.phase === "offline" || state.sync.phase === "stale" ? t("Retry Now") : t("Sync Now");
  hover.appendMarkdown(
    [
      link("previewCost", t("Preview Prompt Cost")),
      ...(state.sync.phase === "signedOut" ? [link("setBudget", t("Set Budget"))] : []),
      signedOut ? link("signIn", t("Sign In")) : link("syncNow", retry),
      link("showAllowances", t("Show Allowances")),
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

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
