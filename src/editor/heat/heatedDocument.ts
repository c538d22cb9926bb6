import * as vscode from "vscode";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { estimateTokens } from "../../tokens/estimate.ts";
import { encodingOf } from "../counting/counter.ts";
import type { LiveDocuments, LiveLease } from "../counting/liveDocuments.ts";
import type { EstimateModel } from "../estimate/model.ts";
import { isPromptLanguage, nameOf, sliceable } from "../prompt.ts";
import { readLines } from "../readLines.ts";
import { Settling } from "../settling.ts";
import { PartSplitter } from "./parts.ts";
import type { CountedParts } from "./text.ts";

export interface HeatParts {
  documents: LiveDocuments;
  model: Pick<EstimateModel, "current" | "calibration">;
  log: (line: string) => void;
}

/** One document whose parts are counted, and counted again once it has changed. */
export class HeatedDocument implements vscode.Disposable {
  readonly document: vscode.TextDocument;
  private readonly parts: HeatParts;
  private readonly changed: (heated: HeatedDocument) => void;
  private readonly settling = new Settling((isCurrent) => this.update(isCurrent));
  private lease: LiveLease | undefined;
  private isDisposed = false;
  /** Absent until the first count is there. */
  counted: CountedParts | undefined;

  /** @param changed told whenever there are new counts */
  constructor(document: vscode.TextDocument, parts: HeatParts, changed: (heated: HeatedDocument) => void) {
    this.document = document;
    this.parts = parts;
    this.changed = changed;
  }

  /** Counts for the first time; undefined when it is disposed meanwhile. @throws what counting throws */
  async start(): Promise<CountedParts | undefined> {
    while (!this.isDisposed) {
      const counted = await this.count(() => !this.isDisposed);
      if (counted) return this.take(counted);
    }
    return undefined;
  }

  /** Counts again, after `delay` (ms) or when typing has come to rest. */
  soon(delay?: number): void {
    this.settling.soon(delay);
  }

  dispose(): void {
    this.isDisposed = true;
    this.settling.dispose();
    this.lease?.dispose();
  }

  private async update(isCurrent: () => boolean): Promise<void> {
    try {
      const counted = await this.count(isCurrent);
      if (counted && isCurrent()) this.take(counted);
    } catch (error) {
      if (isCurrent()) this.parts.log(`The parts of a document are not counted: ${(error as Error).message}`);
    }
  }

  private take(counted: CountedParts): CountedParts {
    this.counted = counted;
    this.changed(this);
    return counted;
  }

  private async count(isCurrent: () => boolean): Promise<CountedParts | undefined> {
    const { document } = this;
    const { ref } = await this.parts.model.current();
    if (!isCurrent()) return undefined;
    const former = this.lease;
    this.lease = this.parts.documents.lease(document, encodingOf(ref.model));
    former?.dispose();
    const { live } = this.lease;
    const whole = await live.count();
    const splitter = new PartSplitter(document.languageId === "markdown" || isPromptLanguage(document));
    if (!(await readLines(document, (text) => splitter.read(text)))) return undefined;
    const parts = splitter.parts();
    const { version } = document;
    const each = await live.countEach(parts.map(({ start, end }) => new vscode.Range(start, 0, end, 0)));
    if (document.version !== version) return undefined; // it will be counted again
    const shares = contentShares(sliceable({ document }));
    const { likely, exact } = estimateTokens({ tokens: whole, shares }, ref.model, this.parts.model.calibration);
    const sum = each.reduce((total, tokens) => total + tokens, 0);
    return {
      ...{ name: nameOf({ document }), model: ref.model, exact, total: likely },
      parts: parts.map((part, i) => ({
        ...part,
        tokens: whole > 0 ? Math.round((each[i]! * likely) / whole) : 0,
        share: sum > 0 ? each[i]! / sum : 0,
      })),
    };
  }
}
