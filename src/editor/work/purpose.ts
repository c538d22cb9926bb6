import * as vscode from "vscode";
import type { Purpose } from "../../budget/policy/purposes.ts";
import type { Reader } from "../words.ts";

/** Lets the person say what a request is for; undefined where they do not. */
export async function pickPurpose(purposes: readonly Purpose[], placeHolder: string, { t }: Reader): Promise<string | undefined> {
  const items = purposes.map(({ id, name, exempt }) => ({
    label: name,
    ...(exempt && { description: t("has an allowance of its own") }),
    id,
  }));
  const options = { title: t("What is it for?"), placeHolder, ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(items, options))?.id;
}
