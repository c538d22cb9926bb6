import * as vscode from "vscode";
import { isDecimal } from "../../budget/money.ts";
import type { DaemonClient } from "../../protocol/client.ts";

const LONGEST = 24;

/** `Token Budget: Take Travel Advance…`: money of the allowance that may be spent for some hours without a network. */
export async function takeTravelAdvance(client: Pick<DaemonClient, "takeAlong">): Promise<void> {
  const { t } = vscode.l10n;
  const title = (step: number) => t("Token Budget: Take Travel Advance ({0}/2)", step);
  const amount = await vscode.window.showInputBox({
    title: title(1),
    prompt: t("US dollars to take along. They count as held for others until they are spent or the time is over."),
    value: "20",
    validateInput: (text) => (isAmount(text) ? undefined : t("Not an amount: write it like 20 or 7.50.")),
  });
  if (amount === undefined) return;
  const hours = await vscode.window.showInputBox({
    title: title(2),
    prompt: t("For how many hours? At most {0}, and not beyond the next reset.", LONGEST),
    value: "4",
    validateInput: (text) => (isHours(text) ? undefined : t("A number of hours, at most {0}.", LONGEST)),
  });
  if (hours === undefined) return;
  await client.takeAlong({ amount: plain(amount), hours: Number(hours) });
  void vscode.window.showInformationMessage(
    t("You may spend {0} for {1} hours, also without a network.", `$${plain(amount)}`, hours),
  );
}

function plain(text: string): string {
  return text.trim().replace(/^\$\s*/, "");
}

function isAmount(text: string): boolean {
  return isDecimal(plain(text)) && Number(plain(text)) > 0;
}

function isHours(text: string): boolean {
  return Number(text) > 0 && Number(text) <= LONGEST;
}
