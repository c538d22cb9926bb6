import * as vscode from "vscode";
import type { TextChange } from "../../tokens/document.ts";
import type { EncodingName } from "../../tokens/encoding.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { assumed } from "../../wire/tokenRange.ts";
import type { LiveDocuments, LiveLease } from "../counting/liveDocuments.ts";
import { LiveText } from "../counting/liveText.ts";
import type { CountThread } from "../counting/thread.ts";
import { nameOf, type Prompt, promptIn, sliceable, textOf } from "../prompt.ts";
import type { PartContent, PreviewPart, PreviewPartKind } from "./part.ts";
import { PartFiles } from "./partFiles.ts";

export interface DraftParts {
  thread: CountThread;
  documents: LiveDocuments;
  /** The files that an open prompt file refers to, as far as they are known. */
  referencesOf(document: vscode.TextDocument): readonly { path: string; isImported: boolean }[];
}

/** How a tool is worded for the model is not published: its JSON, and so many tokens more at most. */
const AROUND_TOOL = 60;

/** The prompt that is previewed, before anybody sends it: a text, and what goes with it. */
export class Draft implements vscode.Disposable {
  readonly typed: LiveText;
  readonly files: PartFiles;
  private readonly parts: DraftParts;
  private readonly changed: () => void;
  private readonly own: vscode.Disposable[];
  private readonly leases = new Map<EncodingName, LiveLease>();
  private readonly decided = new Map<string, boolean>();
  private tools: { names: string; text: string; around: number; tokens: Map<EncodingName, number> } | undefined;
  private attached: string[] = [];
  private document: Prompt | undefined;
  private fromTyped = true;
  /** Files that assistants add to every request. */
  instructions: readonly string[] = [];

  /** @param changed told whenever something of it has changed */
  constructor(parts: DraftParts, changed: () => void) {
    this.parts = parts;
    this.changed = changed;
    this.typed = new LiveText(parts.thread);
    this.files = new PartFiles(parts.thread, changed);
    this.own = [
      this.files,
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.isOf(document) && changed()),
      vscode.workspace.onDidCloseTextDocument((document) => this.isOf(document) && this.leave()),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.isOf(textEditor.document) && this.follow(textEditor)),
    ];
  }

  dispose(): void {
    this.release();
    this.typed.close();
    vscode.Disposable.from(...this.own).dispose();
  }

  /** What the prompt may be taken from besides the text box: a document or the selection in it. */
  get documentName(): string | undefined {
    return this.document && nameOf(this.document);
  }

  get isTyped(): boolean {
    return this.fromTyped;
  }

  /** The text that is counted, without what goes with it. */
  get text(): string {
    return this.document && !this.fromTyped ? textOf(this.document) : this.typed.text;
  }

  /** Takes the prompt from a document from now on. */
  take(prompt: Prompt): void {
    if (this.document?.document !== prompt.document) this.release();
    this.document = prompt;
    this.fromTyped = false;
    this.changed();
  }

  chooseSource(source: "document" | "typed"): void {
    this.fromTyped = source === "typed" || !this.document;
    this.changed();
  }

  type(change: TextChange): void {
    this.typed.change(change);
    this.changed();
  }

  attach(paths: readonly string[]): void {
    this.attached = [...new Set([...this.attached, ...paths])];
    for (const path of paths) this.decided.delete(fileId(path));
    this.changed();
  }

  remove(id: string): void {
    this.attached = this.attached.filter((path) => fileId(path) !== id);
    this.changed();
  }

  include(id: string, isIncluded: boolean): void {
    this.decided.set(id, isIncluded);
    this.changed();
  }

  /** The files among the parts that are counted. */
  get includedFiles(): { path: string; kind: PreviewPartKind }[] {
    return this.fileParts().filter(
      ({ path, byDefault }) => this.isIncluded(fileId(path), byDefault) && !this.files.isRefused(path),
    );
  }

  /** The parts as they are known now, the text counted in these encodings. @throws Error when the counting thread has ended */
  async look(encodings: readonly EncodingName[]): Promise<PreviewPart[]> {
    const text = await this.textPart(encodings);
    const files = this.fileParts().map(({ path, kind, byDefault }): PreviewPart => {
      const id = fileId(path);
      const name = vscode.workspace.asRelativePath(path);
      return { id, kind, name, isIncluded: this.isIncluded(id, byDefault), content: this.files.look(path, encodings) };
    });
    const tools = await this.toolsPart(encodings);
    return [text, ...files, ...(tools ? [tools] : [])];
  }

  private isIncluded(id: string, byDefault: boolean): boolean {
    return this.decided.get(id) ?? byDefault;
  }

  /** Each file once: as what it is first. */
  private fileParts(): { path: string; kind: PreviewPartKind; byDefault: boolean }[] {
    const prompt = this.fromTyped ? undefined : this.document;
    const own = prompt?.document.uri.fsPath;
    const references = prompt ? this.parts.referencesOf(prompt.document) : [];
    const all = [
      ...this.attached.map((path) => ({ path, kind: "file" as const, byDefault: true })),
      ...this.instructions.map((path) => ({ path, kind: "instructions" as const, byDefault: true })),
      ...references.map(({ path, isImported }) => ({ path, kind: "reference" as const, byDefault: isImported })),
    ];
    return all.filter(({ path }, index) => path !== own && all.findIndex((one) => one.path === path) === index);
  }

  private async textPart(encodings: readonly EncodingName[]): Promise<PreviewPart> {
    const prompt = this.fromTyped ? undefined : this.document;
    const tokens = new Map<EncodingName, number>();
    for (const encoding of encodings)
      tokens.set(encoding, prompt ? await this.countDocument(prompt, encoding) : await this.typed.count(encoding));
    const shares = contentShares(prompt ? sliceable(prompt) : [this.typed.text]);
    const name = prompt ? nameOf(prompt) : vscode.l10n.t("Text typed here");
    return { id: "text", kind: "text", name, isIncluded: true, content: { state: "text", tokens, shares } };
  }

  private async countDocument({ document, selections }: Prompt, encoding: EncodingName): Promise<number> {
    const former = this.leases.get(encoding);
    const lease = former?.live.document === document ? former : this.parts.documents.lease(document, encoding);
    if (lease !== former) former?.dispose(); // of another document, whose count was under way when this one was taken
    this.leases.set(encoding, lease);
    return selections ? await lease.live.countRanges(selections) : await lease.live.count();
  }

  /** The tools that the chat's agent may be given, as they would be sent; looked at anew only when they are others. */
  private async toolsPart(encodings: readonly EncodingName[]): Promise<PreviewPart | undefined> {
    const count = vscode.lm.tools.length;
    if (count === 0) return undefined;
    const names = vscode.lm.tools.map(({ name }) => name).join(" ");
    if (this.tools?.names !== names) this.tools = { names, text: toolsText(), around: AROUND_TOOL * count, tokens: new Map() };
    const { text, around, tokens } = this.tools;
    for (const encoding of encodings)
      if (!tokens.has(encoding)) tokens.set(encoding, await this.parts.thread.count(encoding, text));
    const content: PartContent = { state: "text", tokens, shares: contentShares([text]), around: assumed(0, 0, around) };
    const name = vscode.l10n.t("Tools of the chat ({0})", count);
    return { id: "tools", kind: "tools", name, isIncluded: this.isIncluded("tools", false), content };
  }

  private isOf(document: vscode.TextDocument): boolean {
    return this.document?.document === document;
  }

  /** What somebody who sends from the editor would send: the selection, else the document. */
  private follow(editor: vscode.TextEditor): void {
    this.document = promptIn(editor);
    if (!this.fromTyped) this.changed();
  }

  /** The document is closed: what is there of it cannot be counted any more. */
  private leave(): void {
    this.release();
    this.document = undefined;
    this.fromTyped = true;
    this.changed();
  }

  private release(): void {
    for (const lease of this.leases.values()) lease.dispose();
    this.leases.clear();
  }
}

function toolsText(): string {
  const tools = vscode.lm.tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  return tools.map((tool) => JSON.stringify(tool)).join("\n");
}

function fileId(path: string): string {
  return `file ${path}`;
}
