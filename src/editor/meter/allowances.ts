import * as vscode from "vscode";
import type { History } from "../../protocol/daemon.ts";
import { type Reader, withoutIcons } from "../words.ts";
import type { SpendingClient } from "../workspaceClient.ts";
import { planMeterText } from "./planMeter.ts";
import { allowanceText, statusLine } from "./text.ts";

interface Row extends vscode.QuickPickItem {
  command?: string;
}

/** `Token Budget: Show Allowances`: the hover's content for keyboard and screen reader. */
export async function showAllowances(client: SpendingClient, history: History | undefined, reader: Reader): Promise<void> {
  const { t } = reader;
  const rows: Row[] = [
    ...allowanceRows(client, history, reader),
    { label: t("Actions"), kind: vscode.QuickPickItemKind.Separator },
    { label: `$(graph) ${t("What used it up?")}`, command: "tokenBudget.showSpending" },
  ];
  const status = client.link.phase === "failed" ? client.link.reason : client.state && statusLine(client.state.sync, reader);
  rows.push({
    label: `$(sync) ${client.link.phase === "failed" ? t("Retry") : t("Sync now")}`,
    ...(status && { description: status }),
    command: "tokenBudget.syncNow",
  });
  if (client.state?.account === undefined)
    rows.push(
      { label: `$(credit-card) ${t("Set personal budget…")}`, command: "tokenBudget.setBudget" },
      { label: `$(account) ${t("Sign in…")}`, command: "tokenBudget.signIn" },
    );
  else rows.push({ label: `$(arrow-circle-up) ${t("Ask for more…")}`, command: "tokenBudget.askForMore" });
  rows.push(
    { label: `$(symbol-numeric) ${t("Preview prompt cost")}`, command: "tokenBudget.previewCost" },
    { label: `$(cloud-upload) ${t("Show what left this machine")}`, command: "tokenBudget.showUploads" },
    { label: `$(settings-gear) ${t("Settings")}`, command: "tokenBudget.openSettings" },
  );
  const picked = await vscode.window.showQuickPick(rows, {
    title: t("Token Budget: Allowances"),
    placeHolder: t("Your allowances and what can be done"),
  });
  if (picked?.command) await vscode.commands.executeCommand(picked.command);
}

function allowanceRows({ link, state }: SpendingClient, history: History | undefined, reader: Reader): Row[] {
  const { t } = reader;
  if (link.phase === "failed") return [{ label: `$(warning) ${t("Token Budget is unavailable")}`, detail: link.reason ?? "" }];
  if (!state) return [{ label: `$(loading~spin) ${t("Token Budget is starting…")}` }];
  const plans = state.planMeters.map((meter) => planRow(planMeterText(meter, reader)));
  if (state.allowances.length + plans.length === 0)
    return [{ label: `$(info) ${t("No allowance")}`, detail: t("Nothing limits your requests; their cost is still counted.") }];
  const allowances = state.allowances.map((allowance) => {
    const text = allowanceText(allowance, reader, history);
    const detail = [text.bar, text.percent, text.used, text.reset, text.granted, text.pace].filter(Boolean).join(" · ");
    return { label: withoutIcons(text.name), description: text.left, detail };
  });
  return [...allowances, ...plans];
}

function planRow({ name, bar, percent, used, reset }: ReturnType<typeof planMeterText>): Row {
  return { label: withoutIcons(name), detail: [bar, percent, used, reset].filter(Boolean).join(" · ") };
}
