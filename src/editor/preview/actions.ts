import * as vscode from "vscode";
import type { ModelRef } from "../../budget/modelRef.ts";
import type { Outgoing, OutgoingPart } from "../send/outgoing.ts";
import type { Setting } from "../settings.ts";
import type { Draft } from "./draft.ts";
import { figuresAsMarkdown } from "./markdown.ts";
import { idOf } from "./modelRows.ts";
import type { Action, PreviewView } from "./protocol.ts";

/** A preview as its actions see it. */
export interface Actionable {
  readonly draft: Draft;
  readonly view: PreviewView | undefined;
  readonly model: ModelRef | undefined;
  type(text: string): void;
}

export interface ActionParts {
  estimateModel: Setting<string>;
  send(outgoing: Outgoing, ref: ModelRef): Promise<void>;
}

/** Does what the person chose in the view. @throws Error for people when it cannot be done */
export async function actOn(action: Action, preview: Actionable, parts: ActionParts): Promise<void> {
  const { draft, view, model } = preview;
  switch (action) {
    case "send":
      if (model) await parts.send(await outgoingOf(draft), model);
      return;
    case "openChat":
      return await openChat(draft);
    case "copyPrompt":
      return await copyPrompt(draft);
    case "copyFigures":
      if (view) await vscode.env.clipboard.writeText(figuresAsMarkdown(view));
      return;
    case "useForEstimates":
      if (model) await parts.estimateModel.set(idOf(model));
      return;
    case "addFiles":
      return await addFiles(draft);
    case "pasteClipboard":
      return preview.type(await vscode.env.clipboard.readText());
  }
}

/** The prompt with all files that are counted. @throws Error where one of them cannot be read any more */
async function outgoingOf(draft: Draft): Promise<Outgoing> {
  const files = await Promise.all(
    draft.includedFiles.map(async ({ path }): Promise<OutgoingPart> => {
      const read = await draft.files.read(path);
      if (typeof read !== "string") return read;
      throw new Error(vscode.l10n.t("{0} cannot be read any more.", vscode.workspace.asRelativePath(path)));
    }),
  );
  const text: OutgoingPart[] = draft.text ? [{ kind: "text", text: draft.text }] : [];
  return { name: draft.documentName ?? vscode.l10n.t("the text of the preview"), parts: [...text, ...files] };
}

/** Puts the prompt into VS Code's chat and leaves it to the person to send it; the chat adds the instructions itself. */
async function openChat(draft: Draft): Promise<void> {
  const attachFiles = draft.includedFiles.filter(({ kind }) => kind !== "instructions").map(({ path }) => vscode.Uri.file(path));
  await vscode.commands.executeCommand("workbench.action.chat.open", { query: draft.text, isPartialQuery: true, attachFiles });
}

async function copyPrompt(draft: Draft): Promise<void> {
  const { parts } = await outgoingOf(draft);
  await vscode.env.clipboard.writeText(parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n\n"));
}

async function addFiles(draft: Draft): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const picked = await vscode.window.showOpenDialog({
    canSelectMany: true,
    openLabel: vscode.l10n.t("Attach"),
    title: vscode.l10n.t("Files to count along with the prompt"),
    ...(folder && { defaultUri: folder }),
  });
  if (picked) draft.attach(picked.map(({ fsPath }) => fsPath));
}
