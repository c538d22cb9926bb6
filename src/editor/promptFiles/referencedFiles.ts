import { realpath } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import type { EncodingName } from "../../tokens/encoding.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import type { CountThread } from "../counting/thread.ts";
import { readTextLines } from "../readLines.ts";
import { type CountedFile, MOST_REFERENCES } from "./follow.ts";
import { isInside, type Refusal } from "./place.ts";
import { readInside } from "./readInside.ts";
import { PromptScan, type Reference } from "./scan.ts";

/** Files whose counts are kept, at most; refused ones too, of which a path that is being typed makes many. */
const MOST_KEPT = 2_000;

interface Kept {
  /** The path by which it was asked for. */
  path: string;
  count: Promise<CountedFile | Refusal>;
  /** Where it lies in truth, once that is known. */
  real?: string;
}

/**
 * The files that prompt files refer to: each is read and counted once, and again when VS Code's file watcher says that it changed. Their texts are
 * not kept.
 */
export class ReferencedFiles implements vscode.Disposable {
  private readonly thread: CountThread;
  private readonly kept = new Map<string, Kept>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly folderChanges: vscode.Disposable;
  private watching: vscode.Disposable | undefined;
  private roots: Promise<string[]> | undefined;
  readonly onDidChange = this.changed.event;

  constructor(thread: CountThread) {
    this.thread = thread;
    this.folderChanges = vscode.workspace.onDidChangeWorkspaceFolders(() => {
      this.roots = undefined;
      this.forget(() => true);
    });
  }

  dispose(): void {
    this.rest();
    this.folderChanges.dispose();
    this.changed.dispose();
  }

  /** Keeps and watches nothing until the next file is asked for. */
  rest(): void {
    this.watching?.dispose();
    this.watching = undefined;
    this.kept.clear();
  }

  /** The workspace's folders on this machine's disk. */
  get folders(): string[] {
    return (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === "file" ? [uri.fsPath] : []));
  }

  /** Tokens of the file at an absolute path, and its imports if these count; or why it is not counted. */
  load(place: string, encoding: EncodingName, withImports: boolean): Promise<CountedFile | Refusal> {
    const key = [encoding, withImports, place].join("\0");
    const known = this.kept.get(key);
    if (known) return known.count;
    this.watching ??= this.watch();
    const kept: Kept = { path: place, count: this.count(place, encoding, withImports) };
    this.kept.set(key, kept);
    for (const [oldest] of this.kept) {
      if (this.kept.size <= MOST_KEPT) break;
      this.kept.delete(oldest);
    }
    void kept.count.then(
      (count) => typeof count === "object" && Object.assign(kept, { real: count.real }),
      () => this.kept.delete(key), // the thread ended: asked again next time
    );
    return kept.count;
  }

  private async count(place: string, encoding: EncodingName, withImports: boolean): Promise<CountedFile | Refusal> {
    this.roots ??= Promise.all(this.folders.map((folder) => realpath(folder).catch(() => folder)));
    const read = await readInside(place, await this.roots);
    if (typeof read === "string") return read;
    const counted = { tokens: await this.thread.count(encoding, read.text), shares: contentShares([read.text]) };
    return { real: read.real, counted, imports: withImports ? await importsIn(read.text) : [] };
  }

  private watch(): vscode.Disposable {
    // A pattern without a base adds no watcher: it picks from the events of those that VS Code has for the workspace.
    const watcher = vscode.workspace.createFileSystemWatcher("**/*");
    const forgetAllIn = ({ fsPath }: vscode.Uri) => this.forget((known) => isInside(fsPath, known, path));
    return vscode.Disposable.from(
      watcher,
      watcher.onDidChange(({ fsPath }) => this.forget((known) => known === fsPath)),
      watcher.onDidCreate(forgetAllIn), // also of a folder, as a whole
      watcher.onDidDelete(forgetAllIn),
    );
  }

  private forget(isChanged: (known: string) => boolean): void {
    const gone = [...this.kept].filter(
      ([, { path: asked, real }]) => isChanged(asked) || (real !== undefined && isChanged(real)),
    );
    for (const [key] of gone) this.kept.delete(key);
    if (gone.length > 0) this.changed.fire();
  }
}

async function importsIn(text: string): Promise<Reference[]> {
  const scan = new PromptScan(true);
  await readTextLines(text, (line, number) => scan.read(line, number));
  return scan.references.filter(({ kind }) => kind === "import").slice(0, MOST_REFERENCES);
}
