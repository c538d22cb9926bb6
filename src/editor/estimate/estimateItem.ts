import * as vscode from "vscode";
import type { ModelRef } from "../../budget/modelRef.ts";
import { planText, planUse } from "../../budget/plan/plan.ts";
import { originOf } from "../../budget/pricing/priceOrigin.ts";
import { judge } from "../../budget/verdict/verdict.ts";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { estimateTokens } from "../../tokens/estimate.ts";
import { encodingOf } from "../counting/counter.ts";
import type { LiveDocuments, LiveLease } from "../counting/liveDocuments.ts";
import { pricedBy, usualOutput } from "../priceBook.ts";
import { isPromptFile, nameOf, type Prompt, promptIn, sliceable } from "../prompt.ts";
import type { Settings } from "../settings.ts";
import { Settling } from "../settling.ts";
import type { Reader } from "../words.ts";
import type { WindowWork } from "../work/work.ts";
import type { EstimateModel } from "./model.ts";
import { estimateView } from "./text.ts";

export interface EstimateParts {
  documents: LiveDocuments;
  model: EstimateModel;
  settings: Pick<Settings, "estimateVisible" | "estimateFiles">;
  work: WindowWork;
  reader: () => Reader;
  log: (line: string) => void;
}

/** The second status-bar item: tokens and price of what is selected, or of the prompt file that is open. */
export class EstimateItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("tokenBudget.estimate", vscode.StatusBarAlignment.Right, 102);
  private readonly parts: EstimateParts;
  private readonly own: vscode.Disposable[];
  private readonly settling: Settling;
  private lease: LiveLease | undefined;

  constructor(parts: EstimateParts) {
    this.parts = parts;
    this.item.name = "Token Budget: Estimate";
    const { estimateVisible, estimateFiles } = parts.settings;
    this.settling = new Settling((isCurrent) => this.update(isCurrent));
    const soon = () => this.settling.soon();
    const now = () => this.settling.soon(0);
    this.own = [
      this.item,
      this.settling,
      vscode.window.onDidChangeActiveTextEditor(now),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => textEditor === vscode.window.activeTextEditor && soon()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.isActive(document) && soon()),
      estimateVisible.onDidChange(now),
      estimateFiles.onDidChange(now),
      parts.model.onDidChange(now),
    ];
    soon();
  }

  dispose(): void {
    this.lease?.dispose();
    vscode.Disposable.from(...this.own).dispose();
  }

  private isActive(document: vscode.TextDocument): boolean {
    return document === vscode.window.activeTextEditor?.document;
  }

  private async update(isCurrent: () => boolean): Promise<void> {
    const prompt = this.prompt();
    if (!prompt) return this.clear();
    try {
      const { ref, list, state } = await this.parts.model.current();
      if (!isCurrent()) return;
      const base = await this.count(prompt, ref);
      if (!isCurrent()) return;
      const counted = { tokens: base, shares: contentShares(sliceable(prompt)) };
      const tokens = estimateTokens(counted, ref.model, this.parts.model.calibration);
      const priced = list && pricedBy(list, ref, state);
      const estimate = priced && { input: tokens, output: usualOutput(priced, ref, "send", state) };
      const request = estimate && { ref, at: this.parts.reader().now, ...this.parts.work.now, estimate, ...priced };
      const verdict = request && state && judge(request, state.allowances, state.policy.policy);
      this.show({
        ...{ name: nameOf(prompt), model: ref.model, tokens },
        cost: verdict?.cost,
        warnings: verdict?.warnings,
        preferred: verdict?.preferred,
        origin: list && priced?.priceKnown && state ? originOf(priced.price.source, list, state.policy).text : undefined,
        plan: estimate && priced.plan && planText(planUse(priced.plan.plan, ref, estimate, priced.plan.listPrice)),
      });
    } catch (error) {
      if (!isCurrent()) return;
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
    const former = this.lease;
    this.lease = this.parts.documents.lease(document, encoding);
    former?.dispose();
    const { live } = this.lease;
    return selections ? await live.countRanges(selections) : await live.count();
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
    this.lease?.dispose();
    this.lease = undefined;
    this.item.hide();
  }
}
