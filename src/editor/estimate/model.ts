import * as vscode from "vscode";
import type { ModelRef } from "../../budget/modelRef.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";
import { refNamed } from "../../prices/find.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { State } from "../../protocol/daemon.ts";
import type { Calibration } from "../../tokens/estimate/calibration.ts";
import { priceDetail } from "../preview/text.ts";
import type { PriceBook } from "../priceBook.ts";
import type { Setting } from "../settings.ts";
import type { Reader } from "../words.ts";

/** Shown where neither the person nor the team has chosen: cheap, and exactly countable. */
const DEFAULT_MODEL: ModelRef = { provider: "openai", model: "gpt-5-mini" };

/** The daemon's side of estimates: absent in an untrusted workspace, where tokens are counted without prices. */
export interface PriceSource {
  client: Pick<DaemonClient, "state" | "onDidChange">;
  prices: PriceBook;
  upstreamProvider: () => string;
}

/** The model for which estimates are shown: the person's choice, else the first that the team compares. */
export class EstimateModel implements vscode.Disposable {
  private readonly setting: Setting<string>;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly own: { dispose(): unknown }[];
  private source: PriceSource | undefined;
  private seen = "";
  readonly onDidChange = this.changed.event;

  constructor(setting: Setting<string>) {
    this.setting = setting;
    this.own = [this.changed, setting.onDidChange(() => this.changed.fire())];
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  /** Adds prices, as soon as the workspace is trusted. */
  connect(source: PriceSource): void {
    this.source = source;
    this.own.push(source.client.onDidChange(() => this.update()));
    this.update();
  }

  /** What real usage has taught about tokenizers, as far as it is known here. */
  get calibration(): Calibration | undefined {
    return this.source?.client.state?.calibration;
  }

  /** The model, and the prices and what else the daemon says where they are known. */
  async current(): Promise<{ ref: ModelRef; list?: PriceList; state?: State | undefined }> {
    const provider = this.source?.upstreamProvider() ?? DEFAULT_MODEL.provider;
    const list = this.source?.client.state && (await this.source.prices.list().catch(() => undefined));
    const state = this.source?.client.state;
    const name = this.setting.value || state?.policy.policy.models.compared[0];
    if (!name) return { ref: DEFAULT_MODEL, state, ...(list && { list }) };
    return list ? { ref: refNamed(name, list, provider), list, state } : { ref: { provider, model: name } };
  }

  /** `Token Budget: Choose Model for Estimates`. */
  async choose(reader: Reader): Promise<void> {
    const { source } = this;
    if (!source) return;
    const { t } = reader;
    const list = await source.prices.list();
    const compared = source.client.state?.policy.policy.models.compared ?? [];
    const refs = compared.map((name) => refNamed(name, list, source.upstreamProvider()));
    const isCompared = (ref: ModelRef) => refs.some((one) => sameModel(one, ref));
    const row = (price: PriceList["models"][number]) => ({
      label: price.name,
      description: [price.provider, priceDetail(price, reader)].join(" · "),
      name: `${price.provider}/${price.model}`,
    });
    const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator, name: "" });
    const picked = await vscode.window.showQuickPick(
      [
        { label: `$(discard) ${t("Default")}`, description: t("the first model that your team compares"), name: "" },
        separator(t("Compared by your team")),
        ...list.models.filter(isCompared).map(row),
        separator(t("All models")),
        ...list.models.filter((price) => !isCompared(price) && !price.deprecated).map(row),
      ],
      {
        title: t("Model for estimates"),
        placeHolder: t("Estimates in the status bar are for this model"),
        matchOnDescription: true,
      },
    );
    if (picked) await this.setting.set(picked.name);
  }

  /** State changes often; the estimate only with the rules (also the workspace's own), prices, plans and what is usual. */
  private update(): void {
    const { state } = this.source?.client ?? {};
    const seen = state ? JSON.stringify([state.priceRef, state.policy, state.plans, state.outputs]) : "";
    if (seen === this.seen) return;
    this.seen = seen;
    this.changed.fire();
  }
}
