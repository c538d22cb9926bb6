import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";

export const POLICY_SCHEME = "token-budget-policy";
/** By this name the editor knows the schema, in a repository too. */
const NAME = "token-budget-policy.json";

/** The policy that a lead works on: the one in force, or their draft over it. */
export const DRAFT = vscode.Uri.from({ scheme: POLICY_SCHEME, path: `/${NAME}` });

/** A version as it was pushed, read-only. */
export const versionUri = (version: number) => vscode.Uri.from({ scheme: POLICY_SCHEME, path: `/version ${version}/${NAME}` });

/** What a lead has written and not pushed yet. */
export interface Draft {
  /** What it was made from. */
  base: Pick<PolicyVersion, "version" | "policy">;
  text: string;
}

/** A policy as a document. */
export function textOf({ policy }: Pick<PolicyVersion, "policy">): string {
  return `${JSON.stringify(policy, null, 2)}\n`;
}

/**
 * The team's policy as files of the editor: the draft, which only a lead may write, and the versions. Saving keeps the draft on this
 * machine; nothing here pushes anything.
 */
export class PolicyFiles implements vscode.FileSystemProvider {
  private readonly client: Pick<DaemonClient, "state" | "onDidChange">;
  private readonly memento: vscode.Memento;
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  private readonly opened: () => void;
  private readonly own: vscode.Disposable[];
  private readonly versions = new Map<number, PolicyVersion>();
  private seen: string | undefined;
  /** By account, for this window alone. */
  private readonly readLast = new Map<string, Draft["base"]>();
  private changedAt = Date.now();
  readonly onDidChangeFile = this.changed.event;

  /** @param opened called whenever the editor reads one of the files */
  constructor(client: Pick<DaemonClient, "state" | "onDidChange">, memento: vscode.Memento, opened: () => void) {
    this.client = client;
    this.memento = memento;
    this.opened = opened;
    const watching = client.onDidChange(() => this.follow());
    this.own = [
      this.changed,
      new vscode.Disposable(() => watching.dispose()),
      vscode.workspace.registerFileSystemProvider(POLICY_SCHEME, this, { isCaseSensitive: true }),
    ];
    this.follow();
  }

  dispose(): void {
    vscode.Disposable.from(...this.own).dispose();
  }

  /** The policy in force. @throws Error, for people, while nobody is signed in */
  get live(): PolicyVersion {
    const { state } = this.client;
    if (!state?.account) throw new Error(vscode.l10n.t("Sign in to your team's budget endpoint first."));
    return state.policy;
  }

  get isLead(): boolean {
    return this.client.state?.account?.person.role === "lead";
  }

  get draft(): Draft | undefined {
    return this.memento.get<Draft>(this.key());
  }

  /** Keeps a draft, or lets it go where it says what is in force anyway. */
  async setDraft(draft: Draft | undefined): Promise<void> {
    await this.memento.update(this.key(), draft && draft.text !== textOf(this.live) ? draft : undefined);
    this.fire();
  }

  /** Makes versions readable. */
  remember(versions: readonly PolicyVersion[]): void {
    for (const version of versions) this.versions.set(version.version, version);
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const size = new TextEncoder().encode(this.textAt(uri)).byteLength;
    const writable = uri.path === DRAFT.path && this.isLead;
    const stat = { type: vscode.FileType.File, ctime: 0, mtime: this.changedAt, size };
    return writable ? stat : { ...stat, permissions: vscode.FilePermission.Readonly };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    const text = this.textAt(uri);
    if (uri.path === DRAFT.path && !this.draft) this.rememberRead(this.live);
    return new TextEncoder().encode(text);
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    if (uri.path !== DRAFT.path || !this.isLead) throw vscode.FileSystemError.NoPermissions(uri);
    const base = this.draft?.base ?? this.remembered ?? this.live;
    const { version, policy } = base;
    await this.setDraft({ base: { version, policy }, text: new TextDecoder().decode(content) });
  }

  readDirectory(): [string, vscode.FileType][] {
    return [[NAME, vscode.FileType.File]];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  private textAt(uri: vscode.Uri): string {
    if (!this.client.state?.account) throw vscode.FileSystemError.Unavailable(uri); // until the daemon has signed in
    this.opened();
    if (uri.path === DRAFT.path) return this.draft?.text ?? textOf(this.live);
    const [, number] = /^\/version (\d+)\//.exec(uri.path) ?? [];
    const version = this.versions.get(Number(number));
    if (!version) throw vscode.FileSystemError.FileNotFound(uri);
    return textOf(version);
  }

  /** What the editor read last as the policy in force: what is typed now is a change of it, whatever is pushed meanwhile. Outlives a reload. */
  private get remembered(): Draft["base"] | undefined {
    return this.readLast.get(this.key()) ?? this.memento.get(`${this.key()} read`);
  }

  private rememberRead({ version, policy }: Draft["base"]): void {
    if (this.readLast.get(this.key())?.version === version) return;
    this.readLast.set(this.key(), { version, policy });
    void this.memento.update(`${this.key()} read`, { version, policy });
  }

  /** Shows what is in force anew, and whether it may be written. */
  private follow(): void {
    const { account, policy } = this.client.state ?? {};
    const seen = JSON.stringify([account?.endpoint, account?.team.id, account?.person.role, policy?.version]);
    if (seen === this.seen) return;
    this.seen = seen;
    if (policy) this.remember([policy]);
    void vscode.commands.executeCommand("setContext", "tokenBudget.isLead", this.isLead);
    if (account) this.fire();
  }

  /**
   * The editor takes a file of a later time to be newer than what is being written, and refuses to save over it. What somebody else
   * pushes meanwhile is merged when ours is pushed, so the time of this file is another with every change, but never later.
   */
  private fire(): void {
    this.changedAt--;
    this.changed.fire([{ type: vscode.FileChangeType.Changed, uri: DRAFT }]);
  }

  private key(): string {
    const { account } = this.client.state ?? {};
    return `policyDraft ${account?.endpoint} ${account?.team.id}`;
  }
}
