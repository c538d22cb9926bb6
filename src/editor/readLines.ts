import { setImmediate } from "node:timers/promises";
import type * as vscode from "vscode";

/** Lines that are read at a time: about a millisecond's work. */
const SLICE = 2_000;

/**
 * Reads a document line by line; the editor's other extensions get their turn between slices.
 * @returns whether it was read as a whole: false when it changed meanwhile
 */
export async function readLines(document: vscode.TextDocument, read: (text: string, line: number) => void): Promise<boolean> {
  const { version } = document;
  for (let line = 0; line < document.lineCount; line++) {
    read(document.lineAt(line).text, line);
    if ((line + 1) % SLICE > 0) continue;
    await setImmediate();
    if (document.isClosed || document.version !== version) return false;
  }
  return true;
}
