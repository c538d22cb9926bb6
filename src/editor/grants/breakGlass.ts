import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import type { Reader } from "../words.ts";
import { askReason } from "./ask.ts";
import type { Taking } from "./takings.ts";
import { outcomeText } from "./text.ts";

/** A raise that somebody takes for one request lasts so long at most (ms). */
const LASTS = 3_600_000;

/** Takes what a request lacks, with a reason for the leads. Answers whether it was taken. */
export async function breakGlass(
  client: Pick<DaemonClient, "askForMore">,
  takings: readonly Taking[],
  reader: Reader,
): Promise<boolean> {
  if (takings.length === 0) throw new Error(vscode.l10n.t("What is lacking is in no allowance of your own. Ask your team lead."));
  const reason = await askReason(vscode.l10n.t("Send anyway"), vscode.l10n.t("Why? It is recorded, and your leads are told."));
  if (reason === undefined) return false;
  const until = new Date(reader.now + LASTS).toISOString();
  for (const { allowance, amount } of takings) {
    const asked = { allowance: allowance.key, amount, reason, until, breakGlass: true };
    const grant = await client.askForMore({ id: crypto.randomUUID(), asked });
    vscode.window.setStatusBarMessage(outcomeText(grant, reader) ?? "", 10_000);
  }
  return true;
}
