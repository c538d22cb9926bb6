import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import type { ReportDimension } from "../../protocol/report.ts";
import { reportCsv } from "../../protocol/reportCsv.ts";
import type { Range } from "./ranges.ts";

const ALL: readonly ReportDimension[] = ["developer", "model", "project", "purpose", "day", "source"];
const ONE_OF: readonly ReportDimension[] = ["day", "model", "project", "purpose", "source"];

/** Saves a range's report as a file for spreadsheets: told apart by everything, or, where only sums over several people are shown, by one thing. */
export async function exportCsv(client: Pick<DaemonClient, "report" | "state">, { from, to }: Range): Promise<void> {
  const isShared = client.state?.policy.policy.visibility === "aggregate";
  const groupBy = isShared
    ? await vscode.window.showQuickPick(ONE_OF, { title: vscode.l10n.t("Told apart by what?") })
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
