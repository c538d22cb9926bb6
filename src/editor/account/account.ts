import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import type { SyncStatus } from "../../protocol/daemon.ts";
import type { Setting } from "../settings.ts";
import { endpointFault, normalEndpoint } from "./address.ts";

/** Containers and `npm start` have no keyring and nobody to ask: they hand address and token by these variables. */
export interface AccountEnvironment {
  TOKEN_BUDGET_ENDPOINT?: string | undefined;
  TOKEN_BUDGET_TOKEN?: string | undefined;
}

/** Signing in and out. The token lives in SecretStorage, keyed by its endpoint; the daemon keeps it in memory only. */
export class Account implements vscode.Disposable {
  private readonly client: DaemonClient;
  private readonly secrets: vscode.SecretStorage;
  private readonly memento: vscode.Memento;
  private readonly url: Setting<string>;
  private readonly environment: AccountEnvironment;
  private readonly own: { dispose(): unknown }[];
  private connecting: Promise<unknown> | undefined;
  private refusalTold = false;
  /** What was typed last: a refused address is offered again, to be mended. */
  private typed = "";
  /** False once the daemon has an account: from then on, being signed out is somebody's wish. */
  private mayResume = true;

  constructor(
    client: DaemonClient,
    context: Pick<vscode.ExtensionContext, "secrets" | "globalState">,
    url: Setting<string>,
    environment: AccountEnvironment,
  ) {
    this.client = client;
    this.secrets = context.secrets;
    this.memento = context.globalState;
    this.url = url;
    this.environment = environment;
    this.own = [
      client.onDidChange(() => void this.update()),
      url.onDidChange(() => void this.resume()),
      // Another window has signed in, or out: then its secret is gone, and so is the account for all.
      context.secrets.onDidChange(({ key }) => void this.storedChanged(key)),
    ];
    void this.update();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  /** `Token Budget: Sign In…`: address, then token; stored only when the endpoint has accepted it. */
  async signIn(): Promise<void> {
    const endpoint = await this.askEndpoint();
    if (!endpoint) return;
    const token = await askToken(endpoint);
    if (!token) return;
    this.refusalTold = false;
    const status = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t("Token Budget: signing in…") },
      () => this.connect(endpoint, token),
    );
    if (status.phase === "refused") return await this.tellRefusal(status);
    await this.secrets.store(secretKey(endpoint), token);
    await this.memento.update(signedOutKey(endpoint), undefined);
    if (this.endpoint() !== endpoint) await this.url.set(endpoint);
    if (status.phase === "live") return;
    const reason = status.reason ?? vscode.l10n.t("it does not answer");
    void vscode.window.showWarningMessage(
      vscode.l10n.t("Token Budget has kept your token, but cannot reach {0} yet: {1}. It keeps trying.", endpoint, reason),
    );
  }

  /** `Token Budget: Sign Out`: the token is removed from this machine. */
  async signOut(): Promise<void> {
    const endpoint = this.client.state?.account?.endpoint ?? this.endpoint();
    if (endpoint) {
      await this.secrets.delete(secretKey(endpoint));
      await this.memento.update(signedOutKey(endpoint), true);
    }
    await this.client.disconnectAccount();
  }

  private async update(): Promise<void> {
    const { link, state } = this.client;
    const signedIn = state !== undefined && state.sync.phase !== "signedOut";
    void vscode.commands.executeCommand("setContext", "tokenBudget.signedIn", signedIn);
    if (link.phase !== "connected") this.mayResume = true;
    else if (signedIn) this.mayResume = false;
    if (state?.sync.phase === "refused") return await this.tellRefusal(state.sync);
    if (link.phase === "connected" && state?.sync.phase === "signedOut" && this.mayResume) await this.resume();
  }

  private async storedChanged(key: string): Promise<void> {
    const endpoint = this.endpoint();
    if (endpoint && key === secretKey(endpoint) && (await this.secrets.get(key))) await this.resume();
  }

  /** Hands the stored token to a daemon that has none: at start, after a restart, and when the endpoint's address is set. */
  private async resume(): Promise<void> {
    const endpoint = this.endpoint();
    if (this.connecting || !endpoint || endpointFault(endpoint)) return;
    if (this.client.state?.account?.endpoint === endpoint) return;
    const token = await this.storedToken(endpoint);
    if (!token || this.connecting) return;
    this.mayResume = false;
    await this.connect(endpoint, token).catch(() => {}); // the meter shows the daemon's state
  }

  private connect(endpoint: string, token: string): Promise<SyncStatus> {
    const connecting = this.client.connectAccount(endpoint, token);
    const done = connecting.finally(() => {
      if (this.connecting === done) this.connecting = undefined;
    });
    this.connecting = done;
    return done;
  }

  private async storedToken(endpoint: string): Promise<string | undefined> {
    const stored = await this.secrets.get(secretKey(endpoint));
    if (stored) return stored;
    return this.memento.get(signedOutKey(endpoint)) ? undefined : this.environment.TOKEN_BUDGET_TOKEN;
  }

  private endpoint(): string | undefined {
    return normalEndpoint(this.url.value || this.environment.TOKEN_BUDGET_ENDPOINT || "");
  }

  private async askEndpoint(): Promise<string | undefined> {
    const known = this.endpoint();
    if (known && !endpointFault(known)) return known;
    const typed = await vscode.window.showInputBox({
      title: vscode.l10n.t("Token Budget: Sign In (1 of 2)"),
      prompt: vscode.l10n.t("Address of your team's budget endpoint"),
      placeHolder: "https://budget.example.com",
      value: this.typed || (known ?? ""),
      ignoreFocusOut: true,
      validateInput: (value) => {
        const fault = endpointFault(value);
        return value && fault ? vscode.l10n.t(fault) : undefined;
      },
    });
    this.typed = typed ?? this.typed;
    return typed && !endpointFault(typed) ? normalEndpoint(typed) : undefined;
  }

  /** Once per window: the meter goes on saying it. */
  private async tellRefusal(status: SyncStatus): Promise<void> {
    if (this.refusalTold) return;
    this.refusalTold = true;
    const again = vscode.l10n.t("Sign In…");
    const reason = status.reason ?? vscode.l10n.t("the token is not valid");
    const text = vscode.l10n.t("Your team's budget endpoint did not let you in: {0}", reason);
    if ((await vscode.window.showErrorMessage(text, again)) !== again) return;
    this.refusalTold = false;
    await vscode.commands.executeCommand("tokenBudget.signIn"); // which tells what goes wrong
  }
}

async function askToken(endpoint: string): Promise<string | undefined> {
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t("Token Budget: Sign In (2 of 2)"),
    prompt: vscode.l10n.t("Your personal token for {0}. It is kept in the editor's secret storage.", endpoint),
    password: true,
    ignoreFocusOut: true,
  });
  return token?.trim() || undefined;
}

const secretKey = (endpoint: string) => `token ${endpoint}`;
const signedOutKey = (endpoint: string) => `signedOut ${endpoint}`;
