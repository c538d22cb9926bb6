import * as vscode from "vscode";
import { figuresOf, type MachineAllowance } from "../../budget/allowance.ts";
import type { Decimal } from "../../budget/money.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import { allowanceText } from "../meter/text.ts";
import { instant } from "../meter/time.ts";
import { asPlainText, type Reader, withoutIcons } from "../words.ts";
import { outcomeText, readAmount, wholeDollars } from "./text.ts";

const HOUR = 3_600_000;

/**
 * `Token Budget: Ask for More…`: of which allowance, how much, why and until when.
 * @param cost what the request costs that did not go through (USD)
 */
export async function askForMore(
  client: Pick<DaemonClient, "state" | "askForMore">,
  reader: () => Reader,
  cost?: Decimal,
): Promise<void> {
  const { state } = client;
  if (!state?.account) throw new Error(vscode.l10n.t("Sign in to your team's budget endpoint first."));
  const allowance = await pickAllowance(state.allowances, reader());
  if (!allowance) return;
  const title = vscode.l10n.t("Ask for more of {0}", allowance.name);
  const amount = await askAmount(title, allowance, cost);
  if (amount === undefined) return;
  const reason = await askReason(title);
  if (reason === undefined) return;
  const until = await pickEnd(title, allowance, reader());
  if (until === undefined) return;
  const asked = { allowance: allowance.key, amount, reason, until: new Date(until).toISOString() };
  const grant = await client.askForMore({ id: crypto.randomUUID(), asked });
  const waits = vscode.l10n.t("Your team lead has been asked. You will hear of the decision here.");
  void vscode.window.showInformationMessage(asPlainText(outcomeText(grant, reader()) ?? waits));
}

/** The tightest first; the team's own cannot be asked for. */
async function pickAllowance(allowances: readonly MachineAllowance[], reader: Reader): Promise<MachineAllowance | undefined> {
  const own = allowances.filter(({ per }) => per === "developer").sort((a, b) => figuresOf(b).share - figuresOf(a).share);
  if (own.length === 0) throw new Error(vscode.l10n.t("Your team gives you no allowance of your own that could be raised."));
  if (own.length === 1) return own[0];
  const rows = own.map((allowance) => {
    const { name, left, reset } = allowanceText(allowance, reader);
    return { label: withoutIcons(name), description: left, detail: reset, allowance };
  });
  const title = vscode.l10n.t("Ask for more of which allowance?");
  return (await vscode.window.showQuickPick(rows, { title, ignoreFocusOut: true }))?.allowance;
}

async function askAmount(title: string, { unit }: MachineAllowance, cost: Decimal | undefined): Promise<Decimal | undefined> {
  const typed = await vscode.window.showInputBox({
    title,
    prompt: unit === "usd" ? vscode.l10n.t("How much more, in US dollars?") : vscode.l10n.t("How many more tokens?"),
    value: unit === "usd" && cost !== undefined ? wholeDollars(cost) : "",
    ignoreFocusOut: true,
    validateInput: (text) => (readAmount(text) === undefined ? vscode.l10n.t("An amount above 0, such as 5") : undefined),
  });
  return typed === undefined ? undefined : readAmount(typed);
}

async function askReason(title: string): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("What for? Your team's leads read it; leave secrets and prompts out."),
    ignoreFocusOut: true,
    validateInput: (text) => {
      if (text.trim() === "") return vscode.l10n.t("A few words");
      return text.length > 500 ? vscode.l10n.t("At most 500 characters") : undefined;
    },
  });
  return typed?.trim();
}

/** Until when (epoch ms). */
async function pickEnd(title: string, { period }: MachineAllowance, reader: Reader): Promise<number | undefined> {
  const reset = Date.parse(period.resetsAt);
  const ends = [
    { label: vscode.l10n.t("Until the reset"), at: reset },
    { label: vscode.l10n.t("For an hour"), at: reader.now + HOUR },
    { label: vscode.l10n.t("For a day"), at: reader.now + 24 * HOUR },
  ].filter(({ at }) => at <= reset);
  const rows = ends.map((end) => ({ ...end, description: instant(end.at, reader) }));
  const placeHolder = vscode.l10n.t("Until when?");
  return (await vscode.window.showQuickPick(rows, { title, placeHolder, ignoreFocusOut: true }))?.at;
}
