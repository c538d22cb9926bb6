import { realpath } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import type { Counted } from "../../tokens/estimate/belief.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { estimateTokens } from "../../tokens/estimate.ts";
import { encodingOf } from "../counting/counter.ts";
import type { LiveDocuments, LiveLease } from "../counting/liveDocuments.ts";
import type { EstimateModel } from "../estimate/model.ts";
import { nameOf, sliceable } from "../prompt.ts";
import { readLines } from "../readLines.ts";
import { Settling } from "../settling.ts";
import { type Fault, type FollowedFile, follow } from "./follow.ts";
import { hasImports, paidWhen } from "./kind.ts";
import { placeOf } from "./place.ts";
import { priceOfFile } from "./price.ts";
import type { ReferencedFiles } from "./referencedFiles.ts";
import { PromptScan } from "./scan.ts";
import type { PromptFileView } from "./text.ts";

export interface PromptFileParts {
  documents: LiveDocuments;
  referenced: ReferencedFiles;
  model: Pick<EstimateModel, "current" | "calibration">;
  log: (line: string) => void;
}

/** What was found out about a prompt file. */
export interface PromptFileState {
  view: PromptFileView;
  /** The files that it refers to, each once. */
  files: Pick<FollowedFile, "path" | "isImported">[];
  faults: Fault[];
}

/** One open prompt file: its tokens, those of the files that it refers to, and their price, once typing has come to rest. */
export class PromptFile implements vscode.Disposable {
  readonly document: vscode.TextDocument;
  private readonly parts: PromptFileParts;
  private readonly changed: (file: PromptFile) => void;
  private readonly settling = new Settling((isCurrent) => this.update(isCurrent));
  private lease: LiveLease | undefined;
  private scanned: { version: number; scan: PromptScan } | undefined;
  /** Absent until the first count is there. */
  state: PromptFileState | undefined;

  /** @param changed told whenever there is a new state */
  constructor(document: vscode.TextDocument, parts: PromptFileParts, changed: (file: PromptFile) => void) {
    this.document = document;
    this.parts = parts;
    this.changed = changed;
    this.soon(0);
  }

  /** Looks again, after `delay` (ms) or when typing has come to rest. */
  soon(delay?: number): void {
    this.settling.soon(delay);
  }

  dispose(): void {
    this.settling.dispose();
    this.lease?.dispose();
  }

  /** What the text says now; undefined when it changes while it is read. */
  async scan(): Promise<PromptScan | undefined> {
    const { document } = this;
    const { version } = document;
    if (this.scanned?.version === version) return this.scanned.scan;
    const scan = new PromptScan(hasImports(document.uri.path));
    if (!(await readLines(document, (text, line) => scan.read(text, line)))) return undefined;
    this.scanned = { version, scan };
    return scan;
  }

  private async update(isCurrent: () => boolean): Promise<void> {
    try {
      const state = await this.look(isCurrent);
      if (!state || !isCurrent()) return;
      this.state = state;
      this.changed(this);
    } catch (error) {
      if (isCurrent()) this.parts.log(`The tokens of a prompt file are not known: ${(error as Error).message}`);
    }
  }

  private async look(isCurrent: () => boolean): Promise<PromptFileState | undefined> {
    const { document, parts } = this;
    const { ref, list, state } = await parts.model.current();
    if (!isCurrent()) return undefined;
    const encoding = encodingOf(ref.model);
    const former = this.lease;
    this.lease = parts.documents.lease(document, encoding);
    former?.dispose();
    const tokens = await this.lease.live.count();
    const scan = await this.scan();
    if (!scan || !isCurrent()) return undefined;
    const counted = { tokens, shares: contentShares(sliceable({ document })) };
    const { files, faults } = await this.follow(scan, (place, withImports) =>
      parts.referenced.load(place, encoding, withImports),
    );
    const paid = paidWhen(vscode.workspace.asRelativePath(document.uri, false), scan.applyTo);
    const estimate = (one: Counted) => estimateTokens(one, ref.model, parts.model.calibration);
    const shown = files.map((file) => ({
      ...{ name: vscode.workspace.asRelativePath(file.path), tokens: estimate(file.counted), isImported: file.isImported },
    }));
    const view = { name: nameOf({ document }), model: ref.model, paid, own: estimate(counted), files: shown };
    const price = list && priceOfFile(view, ref, list, state);
    return { view: { ...view, faults: faults.length, price }, files, faults };
  }

  /** References count where the workspace is trusted and both it and the file are on this machine's disk. */
  private async follow(scan: PromptScan, load: Parameters<typeof follow>[2]["load"]): ReturnType<typeof follow> {
    const { uri } = this.document;
    const { folders } = this.parts.referenced;
    const isAtHome = uri.scheme === "file" && vscode.workspace.getWorkspaceFolder(uri) !== undefined;
    if (!vscode.workspace.isTrusted || !isAtHome || scan.references.length === 0) return { files: [], faults: [] };
    const own = { path: uri.fsPath, real: await realpath(uri.fsPath).catch(() => uri.fsPath) };
    return await follow(scan.references, own, {
      placeOf: (reference, from) => placeOf(reference, from, { folders, path }),
      load,
    });
  }
}
