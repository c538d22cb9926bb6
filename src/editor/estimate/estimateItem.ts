import * as vscode from "vscode";
import { costRange as costOf } from "../../budget/estimate.ts";
import { planText, planUse } from "../../budget/plan.ts";
import { originOf } from "../../budget/priceOrigin.ts";
import type { ModelRef } from "../../budget/verdict.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { estimateTokens } from "../../tokens/estimate.ts";
import { encodingOf } from "../counting/counter.ts";
import { LiveDocument } from "../counting/liveDocument.ts";
import type { CountThread } from "../counting/thread.ts";
import { pricedBy, usualOutput } from "../priceBook.ts";
import { isPromptFile, nameOf, type Prompt, promptIn, sliceable } from "../prompt.ts";
import type { Settings } from "../settings.ts";
import type { Reader } from "../words.ts";
import type { EstimateModel } from "./model.ts";
import { estimateView } from "./text.ts";

/** Typing and dragging a selection settle before anything is asked. */
const SETTLE_MS = 150;

export interface EstimateParts {
  thread: CountThread;
  model: EstimateModel;
  settings: Pick<Settings, "estimateVisible" | "estimateFiles">;
  reader: () => Reader;
  log: (line: string) => void;
}

/** The second status-bar item: tokens and price of what is selected, or of the prompt file that is open. */
export class EstimateItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("tokenBudget.estimate", vscode.StatusBarAlignment.Right, 102);
  private readonly parts: EstimateParts;
  private readonly own: vscode.Disposable[];
  private live: LiveDocument | undefined;
  private timer: NodeJS.Timeout | undefined;
  private asked = 0;

  constructor(parts: EstimateParts) {
    this.parts = parts;
    this.item.name = "Token Budget: Estimate";
    const { estimateVisible, estimateFiles } = parts.settings;
    this.own = [
      this.item,
      vscode.window.onDidChangeActiveTextEditor(() => this.settle(0)),
      vscode.window.onDidChangeTextEditorSelection(
        ({ textEditor }) => textEditor === vscode.window.activeTextEditor && this.settle(),
      ),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.isActive(document) && this.settle()),
      estimateVisible.onDidChange(() => this.settle(0)),
      estimateFiles.onDidChange(() => this.settle(0)),
      parts.model.onDidChange(() => this.settle(0)),
    ];
    this.settle();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.live?.dispose();
    vscode.Disposable.from(...this.own).dispose();
  }

  private isActive(document: vscode.TextDocument): boolean {
    return document === vscode.window.activeTextEditor?.document;
  }

  private settle(delay = SETTLE_MS): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.update(), delay);
  }

  private async update(): Promise<void> {
    const asked = ++this.asked; // an answer that comes after the next question is stale
    const prompt = this.prompt();
    if (!prompt) return this.clear();
    try {
      const { ref, list, state } = await this.parts.model.current();
      if (asked !== this.asked) return;
      const base = await this.count(prompt, ref);
      if (asked !== this.asked) return;
      const counted = { tokens: base, shares: contentShares(sliceable(prompt)) };
      const tokens = estimateTokens(counted, ref.model, this.parts.model.calibration);
      const priced = list && pricedBy(list, ref, state);
      const estimate = priced && { input: tokens, output: usualOutput(priced, ref, "send", state) };
      this.show({
        ...{ name: nameOf(prompt), model: ref.model, tokens },
        cost: estimate && costOf(estimate, priced.price),
        origin: list && priced?.priceKnown && state ? originOf(priced.price.source, list, state.policy).text : undefined,
        plan: estimate && priced.plan && planText(planUse(priced.plan.plan, ref, estimate, priced.plan.listPrice)),
      });
    } catch (error) {
      if (asked !== this.asked) return;
      this.parts.log(`The estimate failed: ${(error as Error).message}`);
      this.clear();
    }
  }

  private prompt(): Prompt | undefined {
    const editor = vscode.window.activeTextEditor;
    if (!editor || !this.parts.settings.estimateVisible.value) return undefined;
    const prompt = promptIn(editor);
    return prompt.selections || isPromptFile(editor.document, this.parts.settings.estimateFiles) ? prompt : undefined;
  }

  private async count({ document, selections }: Prompt, ref: ModelRef): Promise<number> {
    const encoding = encodingOf(ref.model);
    if (this.live?.document !== document || this.live.encoding !== encoding) {
      this.live?.dispose();
      this.live = new LiveDocument(this.parts.thread, document, encoding);
    }
    return selections ? await this.live.countRanges(selections) : await this.live.count();
  }

  private show(estimate: Parameters<typeof estimateView>[0]): void {
    const { text, tooltip, label } = estimateView(estimate, this.parts.reader());
    this.item.text = text;
    // Without prices (an untrusted workspace, no daemon) there is nothing to compare.
    this.item.command = estimate.cost && "tokenBudget.previewCost";
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label, role: "button" };
    this.item.show();
  }

  private clear(): void {
    this.live?.dispose();
    this.live = undefined;
    this.item.hide();
  }
}
