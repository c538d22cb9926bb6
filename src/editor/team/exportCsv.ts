import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import type { ReportDimension } from "../../protocol/report.ts";
import { reportCsv } from "../../protocol/reportCsv.ts";
import type { Range } from "./ranges.ts";

const ALL: readonly ReportDimension[] = ["developer", "model", "project", "purpose", "day", "source"];

/** What sums over several people can be told apart by. */
function choices(): (vscode.QuickPickItem & { dimension: ReportDimension })[] {
  const { t } = vscode.l10n;
  return [
    { label: t("Day"), dimension: "day" },
    { label: t("Model"), dimension: "model" },
    { label: t("Project"), dimension: "project" },
    { label: t("Purpose"), dimension: "purpose" },
    { label: t("Way in"), dimension: "source" },
  ];
}

/** Saves a range's report as a file for spreadsheets: told apart by everything, or, where only sums over several people are shown, by one thing. */
export async function exportCsv(client: Pick<DaemonClient, "report" | "state">, { from, to }: Range): Promise<void> {
  const isShared = client.state?.policy.policy.visibility === "aggregate";
  const groupBy = isShared
    ? (await vscode.window.showQuickPick(choices(), { title: vscode.l10n.t("Told apart by what?") }))?.dimension
    : ALL.join(",");
  if (groupBy === undefined) return;
  const report = await client.report({ from, to, groupBy });
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `token-budget-${from}-${to}.csv`;
  const file = await vscode.window.showSaveDialog({
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: { CSV: ["csv"] },
    title: vscode.l10n.t("Export what the team has spent"),
  });
  if (file) await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(reportCsv(report)));
}
