import { setImmediate } from "node:timers/promises";
import type * as vscode from "vscode";

/** Characters that are read at a time: less than two milliseconds' work, also before the machine has warmed to it. */
const SLICE = 1 << 15;

type Read = (text: string, line: number) => void;

/**
 * Reads a document line by line; the editor's other extensions get their turn between slices.
 * @returns whether it was read as a whole: false when it changed or was closed meanwhile
 */
export async function readLines(document: vscode.TextDocument, read: Read): Promise<boolean> {
  const { version, lineCount } = document;
  const isStale = () => document.isClosed || document.version !== version;
  return await inSlices(lineCount, (line) => document.lineAt(line).text, read, isStale);
}

/** Reads a text likewise. */
export async function readTextLines(text: string, read: Read): Promise<void> {
  const lines = text.split(/\r\n|\r|\n/);
  await inSlices(
    lines.length,
    (line) => lines[line]!,
    read,
    () => false,
  );
}

async function inSlices(count: number, lineAt: (line: number) => string, read: Read, isStale: () => boolean): Promise<boolean> {
  let size = 0;
  for (let line = 0; line < count; line++) {
    const text = lineAt(line);
    read(text, line);
    size += text.length + 1;
    if (size < SLICE) continue;
    size = 0;
    await setImmediate();
    if (isStale()) return false;
  }
  return true;
}
