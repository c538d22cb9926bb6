import * as vscode from "vscode";
import type { GrantDecision } from "../../budget/allowance/grant.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { Grant } from "../../protocol/endpoint.ts";
import { instant } from "../meter/time.ts";
import { type Reader, withoutIcons } from "../words.ts";
import { amountText, requestText, stateText } from "./text.ts";

interface GrantRow extends vscode.QuickPickItem {
  grant: Grant;
}

/** `Token Budget: Show Open Requests…`: a lead's team's, a developer's own; those that wait first, each to be decided or taken back. */
export async function showRequests(
  client: Pick<DaemonClient, "state" | "grants" | "decideGrant">,
  reader: () => Reader,
): Promise<void> {
  const grants = await client.grants();
  if (grants.length === 0) return void vscode.window.showInformationMessage(vscode.l10n.t("Nobody has asked for more."));
  const picked = await vscode.window.showQuickPick(
    grants.map((grant) => rowOf(grant, reader())),
    { title: vscode.l10n.t("Requests for more"), placeHolder: vscode.l10n.t("Pick one to decide"), matchOnDetail: true },
  );
  if (picked?.grant.state !== "requested") return;
  const decision = await pickDecision(picked.grant, client.state?.account?.person, reader());
  if (decision) await client.decideGrant(picked.grant.id, decision);
}

function rowOf(grant: Grant, reader: Reader): GrantRow {
  const { t } = reader;
  const label = t("{0}: {1} more of {2}", grant.person.name, amountText(grant, reader), grant.allowance.name);
  const until = t("until {0}", instant(Date.parse(grant.until), reader));
  return {
    label: withoutIcons(label),
    description: withoutIcons(`${stateText(grant, reader)} · ${until}`),
    detail: withoutIcons(grant.reason),
    grant,
  };
}

async function pickDecision(
  grant: Grant,
  person: { id: string; role: string } | undefined,
  reader: Reader,
): Promise<GrantDecision | undefined> {
  const rows: (vscode.QuickPickItem & { decision: GrantDecision })[] = [];
  if (person?.role === "lead")
    rows.push(
      { label: `$(check) ${vscode.l10n.t("Approve")}`, decision: "approve" },
      { label: `$(close) ${vscode.l10n.t("Deny")}`, decision: "deny" },
    );
  if (person?.id === grant.person.id) rows.push({ label: `$(discard) ${vscode.l10n.t("Take Back")}`, decision: "cancel" });
  return (await vscode.window.showQuickPick(rows, { title: requestText(grant, reader) }))?.decision;
}
