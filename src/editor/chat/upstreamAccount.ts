import * as vscode from "vscode";
import { endpointFault, normalEndpoint } from "../account/address.ts";
import type { Setting } from "../settings.ts";
import type { UpstreamAddress } from "./upstream.ts";

/** The person's upstream: its address from the settings, its key from SecretStorage (in containers from the environment). */
export class UpstreamAccount implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly secrets: vscode.SecretStorage;
  private readonly url: Setting<string>;
  private readonly providerSetting: Setting<string>;
  private readonly environmentKey: string | undefined;
  private readonly own: vscode.Disposable[];
  /** Fires when another upstream, provider or key is set. */
  readonly onDidChange = this.changed.event;

  constructor(
    secrets: vscode.SecretStorage,
    settings: { upstreamUrl: Setting<string>; upstreamProvider: Setting<string> },
    environmentKey: string | undefined,
  ) {
    this.secrets = secrets;
    this.url = settings.upstreamUrl;
    this.providerSetting = settings.upstreamProvider;
    this.environmentKey = environmentKey;
    const fire = () => this.changed.fire();
    this.own = [this.changed, this.url.onDidChange(fire), this.providerSetting.onDidChange(fire), secrets.onDidChange(fire)];
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  /** Whose prices apply. */
  get provider(): string {
    return this.providerSetting.value.trim() || "openai";
  }

  /** Undefined while none is set, or what is set would send the key in the clear. */
  async address(): Promise<UpstreamAddress | undefined> {
    const url = this.baseUrl();
    if (!url) return undefined;
    return { url, key: (await this.secrets.get(secretKey(url))) ?? this.environmentKey };
  }

  /** `Token Budget: Set Upstream API Key…`; asks for the address first where there is none. */
  async setKey(): Promise<void> {
    const url = this.baseUrl() ?? (await this.askUrl());
    if (!url) return;
    const key = await vscode.window.showInputBox({
      title: vscode.l10n.t("Token Budget: Upstream API Key"),
      prompt: vscode.l10n.t(
        "API key for {0}, kept in the editor's secret storage. Leave it empty to remove the stored key.",
        url,
      ),
      password: true,
      ignoreFocusOut: true,
    });
    if (key === undefined) return;
    if (key.trim()) await this.secrets.store(secretKey(url), key.trim());
    else await this.secrets.delete(secretKey(url));
  }

  private baseUrl(): string | undefined {
    return endpointFault(this.url.value) ? undefined : normalEndpoint(this.url.value);
  }

  private async askUrl(): Promise<string | undefined> {
    const typed = await vscode.window.showInputBox({
      title: vscode.l10n.t("Token Budget: Upstream"),
      prompt: vscode.l10n.t("Base address of an OpenAI-compatible API; its models appear in the chat"),
      placeHolder: "https://api.openai.com/v1",
      value: this.url.value,
      ignoreFocusOut: true,
      validateInput: (value) => {
        const fault = endpointFault(value);
        return value && fault ? vscode.l10n.t(fault) : undefined;
      },
    });
    if (!typed || endpointFault(typed)) return undefined;
    await this.url.set(typed);
    return normalEndpoint(typed);
  }
}

const secretKey = (url: string) => `upstream ${url}`;
