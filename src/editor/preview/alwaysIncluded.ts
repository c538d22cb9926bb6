import { realpath } from "node:fs/promises";
import * as vscode from "vscode";
import { paidWhen } from "../promptFiles/kind.ts";
import { readInside } from "../promptFiles/readInside.ts";
import { PromptScan } from "../promptFiles/scan.ts";
import { readTextLines } from "../readLines.ts";

/** Where such files lie: the patterns are of the workspace's folders, `paidWhen` has the last word. */
const PLACES =
  "{AGENTS.md,CLAUDE.md,CLAUDE.local.md,.claude/CLAUDE.md,.github/copilot-instructions.md,.github/instructions/**/*.instructions.md}";
const MOST = 50;

/** The files whose text assistants add to every request in this workspace, as absolute paths. */
export async function alwaysIncluded(): Promise<string[]> {
  const found = await vscode.workspace.findFiles(PLACES, null, MOST);
  const files = found.filter(({ scheme }) => scheme === "file");
  const always = await Promise.all(files.map(async (file) => (await isAlwaysIncluded(file)) && file.fsPath));
  return always.filter((path) => path !== false).sort();
}

async function isAlwaysIncluded(file: vscode.Uri): Promise<boolean> {
  const path = vscode.workspace.asRelativePath(file, false);
  const applyTo = path.endsWith(".instructions.md") ? await applyToOf(file) : undefined;
  return paidWhen(path, applyTo) === "always";
}

async function applyToOf(file: vscode.Uri): Promise<string | undefined> {
  const folder = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath;
  const read = folder && (await readInside(file.fsPath, [await realpath(folder).catch(() => folder)]));
  if (!read || typeof read === "string") return undefined;
  const scan = new PromptScan(false);
  await readTextLines(read.text, (line, number) => scan.read(line, number));
  return scan.applyTo;
}
