import * as vscode from "vscode";

/** Registers `tokenBudget.<name>`; what goes wrong in it is told in words, and logged. */
export function command<A extends unknown[]>(
  name: string,
  run: (...args: A) => unknown,
  log: (line: string) => void,
): vscode.Disposable {
  return vscode.commands.registerCommand(`tokenBudget.${name}`, async (...args: A) => {
    try {
      return await run(...args);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(`${name}: ${reason}`);
      void vscode.window.showErrorMessage(vscode.l10n.t("Token Budget: {0}", reason));
    }
  });
}
