import * as vscode from "vscode";
import type { PersonalBudget } from "../../budget/allowance/personal.ts";
import { isDecimal } from "../../budget/money.ts";
import type { Settings } from "../settings.ts";
import { setPlan } from "./setPlan.ts";

type Period = PersonalBudget["period"];

/**
 * `Token Budget: Set Personal Budget…`: how much a day, a week or a month may cost, or a subscription's window instead of dollars. What is more
 * particular is in the settings.
 */
export async function setBudget({ budgets, plans }: Pick<Settings, "budgets" | "plans">): Promise<void> {
  const period = await askPeriod(budgets.value);
  if (!period) return;
  if (period === "plan") return setPlan(plans);
  const limit = await askLimit(budgets.value.find((budget) => isPlain(budget, period))?.limit);
  if (limit === undefined) return;
  const others = budgets.value.filter((budget) => !isPlain(budget, period));
  await budgets.set(limit === "" ? others : [...others, { limit, unit: "usd", period }]);
}

/** Where a person begins who has neither an account nor a budget. */
export async function chooseStart(): Promise<void> {
  const { t } = vscode.l10n;
  const picked = await vscode.window.showQuickPick(
    [
      {
        label: `$(credit-card) ${t("Set a personal budget…")}`,
        detail: t("Limits what your requests may cost. Needs no account; everything stays on this machine."),
        command: "tokenBudget.setBudget",
      },
      {
        label: `$(account) ${t("Sign in to your team…")}`,
        detail: t("Shows and keeps to the allowance that your team has given you."),
        command: "tokenBudget.signIn",
      },
    ],
    { title: t("Token Budget: Get Started") },
  );
  if (picked) await vscode.commands.executeCommand(picked.command);
}

async function askPeriod(budgets: readonly PersonalBudget[]): Promise<Period | "plan" | undefined> {
  const { t } = vscode.l10n;
  const row = (period: Period, label: string) => {
    const limit = budgets.find((budget) => isPlain(budget, period))?.limit;
    return { label, description: limit === undefined ? t("no limit") : `$${limit}`, period };
  };
  const plan = { label: t("A subscription…"), description: t("flat rate, no dollars"), period: "plan" as const };
  const rows = [row("month", t("A month")), row("week", t("A week")), row("day", t("A day")), plan];
  const picked = await vscode.window.showQuickPick(rows, {
    title: t("Token Budget: Set Personal Budget (1/2)"),
    placeHolder: t("For how long is the budget?"),
  });
  return picked?.period;
}

/** A decimal amount of dollars; empty to have no such budget; undefined when the person thinks better of it. */
async function askLimit(now: string | undefined): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const answer = await vscode.window.showInputBox({
    title: t("Token Budget: Set Personal Budget (2/2)"),
    prompt: t("US dollars, e.g. 20. Leave it empty to have no such budget."),
    value: now ?? "",
    validateInput: (text) => {
      const limit = amountOf(text);
      return limit === "" || (isDecimal(limit) && !limit.startsWith("-"))
        ? undefined
        : t("Not an amount: write it like 20 or 7.50.");
    },
  });
  return answer === undefined ? undefined : amountOf(answer);
}

function amountOf(text: string): string {
  return text.trim().replace(/^\$\s*/, "");
}

/** A budget that this command sets: of dollars, for all models. */
function isPlain(budget: PersonalBudget, period: Period): boolean {
  return budget.unit === "usd" && budget.period === period && budget.models === undefined;
}
