import { realpath, stat } from "node:fs/promises";
import * as vscode from "vscode";
import type { EncodingName } from "../../tokens/encoding.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import type { CountThread } from "../counting/thread.ts";
import type { Refusal } from "../promptFiles/place.ts";
import { Settling } from "../settling.ts";
import { type Attachment, readAttachment } from "./attachment.ts";
import type { PartContent } from "./part.ts";

interface Kept {
  content: PartContent;
  /** When the file was last changed and how long it was then, as it was counted. */
  stamp: string;
}

/** The files that are parts of a prompt: each is read and counted once, and again when it has changed. Their texts are not kept. */
export class PartFiles implements vscode.Disposable {
  private readonly thread: Pick<CountThread, "count">;
  private readonly changed: () => void;
  private readonly kept = new Map<string, Kept>();
  private readonly settling = new Settling(() => this.recheck());
  private readonly own: vscode.Disposable[];
  private roots: Promise<string[]> | undefined;

  /** @param changed told whenever more is known of a file, or it has changed */
  constructor(thread: Pick<CountThread, "count">, changed: () => void) {
    this.thread = thread;
    this.changed = changed;
    const watcher = vscode.workspace.createFileSystemWatcher("**/*");
    const soon = ({ fsPath }: vscode.Uri) => this.isNear(fsPath) && this.settling.soon();
    this.own = [
      this.settling,
      watcher,
      watcher.onDidChange(soon),
      watcher.onDidCreate(soon),
      watcher.onDidDelete(soon),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.roots = undefined;
        this.kept.clear();
        changed();
      }),
    ];
  }

  dispose(): void {
    this.kept.clear();
    vscode.Disposable.from(...this.own).dispose();
  }

  /** What is known of the file at an absolute path; what is not known yet, in these encodings, is found out. */
  look(path: string, encodings: readonly EncodingName[]): PartContent {
    const kept = this.kept.get(path);
    if (kept && isCountedIn(kept.content, encodings)) return kept.content;
    if (kept?.content.state !== "counting") void this.load(path, encodings);
    return { state: "counting" };
  }

  /** Whether the file was looked at, and is not counted. */
  isRefused(path: string): boolean {
    return this.kept.get(path)?.content.state === "refused";
  }

  /** The file as it is sent along, or why it is not. */
  async read(path: string): Promise<Attachment | Refusal> {
    this.roots ??= Promise.all(folders().map((folder) => realpath(folder).catch(() => folder)));
    return await readAttachment(path, vscode.workspace.asRelativePath(path), await this.roots);
  }

  /** Looks whether files have changed where nobody tells of it. */
  async recheck(): Promise<void> {
    const stale = await Promise.all(
      [...this.kept].map(async ([path, kept]) => (await stampOf(path)) !== kept.stamp && this.kept.get(path) === kept && path),
    );
    for (const path of stale) if (path) this.kept.delete(path);
    if (stale.some(Boolean)) this.changed();
  }

  private async load(path: string, encodings: readonly EncodingName[]): Promise<void> {
    const kept: Kept = { content: { state: "counting" }, stamp: "" };
    this.kept.set(path, kept);
    kept.stamp = await stampOf(path);
    const content = await this.contentOf(path, encodings);
    if (this.kept.get(path) !== kept) return;
    kept.content = content;
    this.changed();
  }

  private async contentOf(path: string, encodings: readonly EncodingName[]): Promise<PartContent> {
    try {
      const read = await this.read(path);
      if (typeof read === "string") return { state: "refused", refusal: read };
      if (read.kind === "picture") return { state: "picture", size: read.size };
      const tokens = new Map<EncodingName, number>();
      for (const encoding of encodings) tokens.set(encoding, await this.thread.count(encoding, read.text));
      return { state: "text", tokens, shares: contentShares([read.text]) };
    } catch {
      return { state: "refused", refusal: "unreadable" }; // the counting thread ended
    }
  }

  private isNear(path: string): boolean {
    return [...this.kept.keys()].some((known) => known.startsWith(path));
  }
}

function isCountedIn(content: PartContent, encodings: readonly EncodingName[]): boolean {
  if (content.state === "text") return encodings.every((encoding) => content.tokens.has(encoding));
  return content.state !== "counting";
}

/** The workspace's folders on this machine's disk. */
function folders(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === "file" ? [uri.fsPath] : []));
}

async function stampOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : "";
}
