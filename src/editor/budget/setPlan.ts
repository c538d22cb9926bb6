import * as vscode from "vscode";
import { isDecimal } from "../../budget/money.ts";
import type { Plan } from "../../budget/plan/plan.ts";
import type { Setting } from "../settings.ts";

/** What is known of subscriptions whose windows vendors describe; what one holds depends on the plan, so the person says it. */
const KNOWN: readonly Plan[] = [
  known("Claude", "anthropic/*", "5h"),
  known("Claude", "anthropic/*", "week"),
  known("ChatGPT", "openai/*", "5h"),
  known("ChatGPT", "openai/*", "week"),
  known("Copilot", "copilot/*", "month"),
];

/** A subscription's window instead of dollars: which, and how many requests it holds. What is more particular is in the settings. */
export async function setPlan(plans: Setting<Plan[]>): Promise<void> {
  const plan = await askPlan(plans.value);
  if (!plan) return;
  const others = plans.value.filter((other) => !isSame(other, plan));
  const answer = await askHeld(plan, others.length < plans.value.length);
  if (answer === "remove") await plans.set(others);
  else if (answer !== undefined) {
    const { limit: _, ...rest } = plan;
    await plans.set([...others, answer === "" ? rest : { ...rest, limit: answer }]);
  }
}

async function askPlan(plans: readonly Plan[]): Promise<Plan | undefined> {
  const { t } = vscode.l10n;
  const windows = { "5h": t("five hours"), week: t("a week"), month: t("a month") };
  const row = (plan: Plan, description: string) => ({ label: t("{0}: {1}", plan.name, windows[plan.window]), description, plan });
  const others = KNOWN.filter((one) => !plans.some((plan) => isSame(plan, one)));
  const rows = [
    ...plans.map((plan) => row(plan, plan.limit === undefined ? t("size not known") : `${plan.limit} ${plan.unit}`)),
    ...others.map((plan) => row(plan, plan.models.join(", "))),
    { label: t("Another subscription…"), description: t("in the settings"), plan: undefined },
  ];
  const picked = await vscode.window.showQuickPick(rows, {
    title: t("Token Budget: Set Personal Budget (2/3)"),
    placeHolder: t("Which subscription, and which of its windows?"),
  });
  if (picked && !picked.plan) await vscode.commands.executeCommand("workbench.action.openSettings", "tokenBudget.plans");
  return picked?.plan;
}

/** How much the window holds; empty where that is not known; `remove` to have no such plan; undefined when the person thinks better of it. */
async function askHeld({ unit, limit }: Plan, exists: boolean): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const answer = await vscode.window.showInputBox({
    title: t("Token Budget: Set Personal Budget (3/3)"),
    prompt: exists
      ? t("How many {0} its window holds. Leave it empty where that is not known; 0 removes the subscription.", unit)
      : t("How many {0} its window holds. Leave it empty where that is not known: then no share is made up.", unit),
    value: limit ?? "",
    validateInput: (text) => {
      const amount = text.trim();
      return amount === "" || (isDecimal(amount) && !amount.startsWith("-")) ? undefined : t("Not a number: write it like 200.");
    },
  });
  const held = answer?.trim();
  return held && /^0+(\.0+)?$/.test(held) ? "remove" : held;
}

function known(name: string, models: string, window: Plan["window"]): Plan {
  return { name, models: [models], window, unit: "requests", weights: [], creditUsd: "0.01" };
}

function isSame(a: Plan, b: Plan): boolean {
  return a.name === b.name && a.window === b.window;
}
