import * as vscode from "vscode";
import type { ModelRef } from "../../budget/modelRef.ts";
import { USUAL_MODELS } from "../../budget/pricing/compare.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";
import { refNamed } from "../../prices/find.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { State } from "../../protocol/daemon.ts";
import type { EncodingName } from "../../tokens/encoding.ts";
import { encodingOf } from "../counting/counter.ts";
import type { EstimateModel } from "../estimate/model.ts";
import { Pulse } from "../pulse.ts";
import type { Outgoing } from "../send/outgoing.ts";
import type { Setting } from "../settings.ts";
import type { Reader } from "../words.ts";
import type { WindowWork } from "../work/work.ts";
import { actOn } from "./actions.ts";
import { alwaysIncluded } from "./alwaysIncluded.ts";
import { Draft, type DraftParts } from "./draft.ts";
import { type LocalSearch, searchLocalModels } from "./localSearch.ts";
import { idOf } from "./modelRows.ts";
import { PreviewPanel } from "./panel.ts";
import { type PreviewSetting, previewView } from "./previewView.ts";
import type { Action, Choice, FromView, PreviewView } from "./protocol.ts";

export interface SessionParts extends DraftParts {
  client: Pick<DaemonClient, "onDidChange">;
  model: Pick<EstimateModel, "current" | "onDidChange">;
  estimateModel: Setting<string>;
  localServers: Setting<string[]>;
  work: WindowWork;
  upstreamProvider: () => string;
  upstreamModels: () => Promise<ModelRef[]>;
  /** More is known of the files that prompt files refer to. */
  onDidChangeReferences: vscode.Event<unknown>;
  send(outgoing: Outgoing, ref: ModelRef): Promise<void>;
  reader: () => Reader;
  /** The folder with the view's bundle. */
  assets: vscode.Uri;
  log: (line: string) => void;
}

/** While somebody types, figures follow at most so often (ms). */
const GAP = 100;

/** One opened preview: the prompt, what it costs, and the tab that shows it. */
export class PreviewSession implements vscode.Disposable {
  readonly draft: Draft;
  private readonly parts: SessionParts;
  private readonly pulse = new Pulse(() => this.update(), GAP);
  private readonly panel: PreviewPanel;
  private readonly own: { dispose(): unknown }[];
  private local: LocalSearch = { isOver: false, models: [], servers: [] };
  private upstream: ModelRef[] = [];
  private chosen: ModelRef | undefined;
  private shown: PreviewView | undefined;
  private compared: ModelRef[] = [];
  /** Names the text that was put into the text box; what was typed before it came is not heard. */
  private version = 0;
  /** The number of the last choice that was heard of the view. */
  private heard = 0;

  /** @param closed told when the tab is closed */
  constructor(parts: SessionParts, closed: () => void) {
    this.parts = parts;
    const ask = () => this.pulse.ask();
    this.draft = new Draft(parts, ask);
    this.panel = new PreviewPanel({
      assets: parts.assets,
      title: vscode.l10n.t("Prompt Cost"),
      onMessage: (message) => this.hear(message),
      onVisible: (isVisible) => isVisible && this.refresh(),
      onClose: closed,
    });
    this.own = [
      this.pulse,
      this.draft,
      this.panel,
      parts.client.onDidChange(ask),
      parts.model.onDidChange(ask),
      parts.onDidChangeReferences(ask),
    ];
    this.refresh();
    void this.search();
    void this.listUpstream();
  }

  dispose(): void {
    for (const one of this.own) one.dispose();
  }

  reveal(): void {
    this.panel.reveal();
    this.refresh();
  }

  /** Puts a text into the text box and counts it. */
  type(text: string): void {
    this.draft.typed.text = text;
    this.draft.chooseSource("typed");
    this.version++;
    this.postText();
  }

  /** What is shown now. */
  get view(): PreviewView | undefined {
    return this.shown;
  }

  /** The model that is looked at more closely. */
  get model(): ModelRef | undefined {
    const id = this.shown?.models.find(({ isChosen }) => isChosen)?.id;
    return this.compared.find((ref) => idOf(ref) === id);
  }

  private hear(message: FromView): void {
    switch (message.type) {
      case "ready":
        this.heard = 0;
        this.postText();
        if (this.shown) this.panel.post({ type: "view", view: this.shown, heard: 0 });
        break;
      case "edit":
        if (message.version === this.version)
          this.draft.type({ rangeOffset: message.offset, rangeLength: message.length, text: message.text });
        break;
      case "choice":
        this.heard = message.number;
        this.choose(message.choice);
        this.pulse.ask(); // also where nothing changes: the view waits for what is as new as its choice
        break;
      case "act":
        void this.act(message.action);
    }
  }

  private choose(choice: Choice): void {
    switch (choice.kind) {
      case "source":
        this.draft.chooseSource(choice.source);
        break;
      case "include":
        this.draft.include(choice.part, choice.isIncluded);
        break;
      case "remove":
        this.draft.remove(choice.part);
        break;
      case "model":
        this.chosen = this.compared.find((ref) => idOf(ref) === choice.model);
    }
  }

  private async act(action: Action): Promise<void> {
    try {
      await actOn(action, this, this.parts);
    } catch (error) {
      const reason = (error as Error).message;
      this.parts.log(`The preview's ${action} failed: ${reason}`);
      void vscode.window.showErrorMessage(vscode.l10n.t("Token Budget: {0}", reason));
    }
  }

  private async update(): Promise<void> {
    const { heard } = this;
    try {
      const { ref, list, state } = await this.parts.model.current();
      const setting = list && state && this.setting(ref, list, state);
      const refs = setting ? [...setting.refs, ...setting.local.models] : [];
      this.compared = refs;
      const parts = await this.draft.look(encodingsOf([...refs, ref]));
      const { documentName, isTyped } = this.draft;
      this.shown = previewView({ documentName, isTyped, parts, model: ref.model }, setting, this.parts.reader());
      this.panel.post({ type: "view", view: this.shown, heard });
    } catch (error) {
      this.parts.log(`The preview failed: ${(error as Error).message}`);
    }
  }

  private setting(estimates: ModelRef, list: PriceList, state: State): PreviewSetting {
    const refs = [...this.refsOf(state.policy.policy.models.compared, list), estimates];
    const unique = refs.filter((ref, index) => refs.findIndex((one) => sameModel(one, ref)) === index);
    return {
      refs: unique,
      local: this.local,
      chosen: this.chosen ?? estimates,
      estimates,
      list,
      state,
      work: this.parts.work.now,
    };
  }

  /** The policy's models, else usual ones and the upstream's. */
  private refsOf(team: readonly string[], list: PriceList): ModelRef[] {
    const provider = this.parts.upstreamProvider();
    const named = team.length > 0 ? team : USUAL_MODELS;
    return [...(team.length > 0 ? [] : this.upstream), ...named.map((name) => refNamed(name, list, provider))];
  }

  /** Looks again at what nobody tells of. */
  private refresh(): void {
    this.pulse.ask();
    void this.draft.files.recheck();
    alwaysIncluded().then(
      (paths) => {
        this.draft.instructions = paths;
        this.pulse.ask();
      },
      (error: Error) => this.parts.log(`Instructions were not looked for: ${error.message}`),
    );
  }

  private async search(): Promise<void> {
    this.local = await searchLocalModels(this.parts.localServers.value);
    this.pulse.ask();
  }

  private async listUpstream(): Promise<void> {
    this.upstream = await this.parts.upstreamModels();
    this.pulse.ask();
  }

  private postText(): void {
    this.panel.post({ type: "text", text: this.draft.typed.text, version: this.version });
  }
}

function encodingsOf(refs: readonly ModelRef[]): EncodingName[] {
  return [...new Set(refs.map(({ model }) => encodingOf(model)))];
}
