import { join } from "node:path";
import type { Workbench } from "../../scripts/vscode/browser.ts";

/** Takes a picture for the README, where TOKEN_BUDGET_SCREENSHOTS names the folder that they go to. */
export async function saveForReadme(window: Workbench, name: string): Promise<void> {
  const target = process.env.TOKEN_BUDGET_SCREENSHOTS;
  if (target) await window.screenshot(join(target, name));
}
