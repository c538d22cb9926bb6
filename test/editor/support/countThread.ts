import { join } from "node:path";
import * as vscode from "vscode";
import { CountThread } from "../../../src/editor/counting/thread.ts";
import { readTokenFilesFrom } from "../../../src/main/tokenFiles.ts";

/** A counting thread of a test's own, from a script among the built ones. */
export function countThread(script: string, log: (line: string) => void): CountThread {
  const dist = join(vscode.extensions.getExtension("token-budget.token-budget")!.extensionPath, "dist");
  const tokenFolder = join(dist, "tokens");
  return new CountThread({ script: join(dist, script), tokenFolder, readTokenFile: readTokenFilesFrom(tokenFolder), log });
}
