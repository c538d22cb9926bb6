import * as vscode from "vscode";
import { figuresOf, type MachineAllowance } from "../../budget/allowance/allowance.ts";
import type { Decimal } from "../../budget/money.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { Grant } from "../../protocol/endpoint.ts";
import { allowanceText } from "../meter/text.ts";
import { instant } from "../meter/time.ts";
import { type Reader, withoutIcons } from "../words.ts";
import { readAmount, wholeDollars } from "./text.ts";

const HOUR = 3_600_000;

/**
 * `Token Budget: Ask for More…`: of which allowance, how much, why and until when.
 * @param cost what the request costs that did not go through (USD)
 * @returns what was asked; undefined where the person thought better of it
 */
export async function askForMore(
  client: Pick<DaemonClient, "state" | "askForMore">,
  reader: () => Reader,
  cost?: Decimal,
): Promise<Grant | undefined> {
  const { state } = client;
  if (!state?.account) throw new Error(vscode.l10n.t("Sign in to your team's budget endpoint first."));
  const allowance = await pickAllowance(state.allowances, reader());
  if (!allowance) return undefined;
  const title = vscode.l10n.t("Ask for more of {0}", allowance.name);
  const amount = await askAmount(title, allowance, cost);
  if (amount === undefined) return undefined;
  const reason = await askReason(title, vscode.l10n.t("What for? Your team's leads read it; leave secrets and prompts out."));
  if (reason === undefined) return undefined;
  const until = await pickEnd(title, allowance, reader());
  if (until === undefined) return undefined;
  const mayTake = state.policy.policy.grants.breakGlass !== undefined && allowance.unit === "usd";
  const how = mayTake ? await pickHow(title) : {};
  if (!how) return undefined;
  const asked = { allowance: allowance.key, amount, reason, until: new Date(until).toISOString(), ...how };
  return client.askForMore({ id: crypto.randomUUID(), asked });
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

/** A few words for the leads; undefined where the person thought better of it. */
export async function askReason(title: string, prompt: string): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title,
    prompt,
    ignoreFocusOut: true,
    validateInput: (text) => {
      if (text.trim() === "") return vscode.l10n.t("A few words");
      return text.length > 500 ? vscode.l10n.t("At most 500 characters") : undefined;
    },
  });
  return typed?.trim();
}

/** Whether to ask, or to take it where the policy lets people. */
async function pickHow(title: string): Promise<{ breakGlass?: true } | undefined> {
  const rows = [
    { label: vscode.l10n.t("Ask a lead"), how: {} },
    {
      label: vscode.l10n.t("Take it now"),
      detail: vscode.l10n.t("Where it cannot wait: the reason is recorded, and your leads are told."),
      how: { breakGlass: true as const },
    },
  ];
  return (await vscode.window.showQuickPick(rows, { title, ignoreFocusOut: true }))?.how;
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
