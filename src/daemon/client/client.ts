import { setTimeout as delay } from "node:timers/promises";
import { ErrorCodes, type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import type { GrantDecision } from "../../budget/allowance/grant.ts";
import type { FolderWork, Refusal, TurnAnswer, TurnQuestion, WindowPlace } from "../../protocol/assistants.ts";
import type { DaemonClient, Link } from "../../protocol/client.ts";
import {
  type Asking,
  Daemon,
  type OpenRequest,
  type PolicyPush,
  type Preferences,
  type Settlement,
  type State,
  type SyncStatus,
  type TravelRequest,
} from "../../protocol/daemon.ts";
import type { Network } from "../../protocol/network.ts";
import type { ReportQuery } from "../../protocol/report.ts";
import { HANDING_OVER } from "../codes.ts";
import type { BudgetService, Log } from "../service.ts";
import { stateDirectoryOf } from "../stateDirectory.ts";
import type { Peer } from "./peer.ts";
import { Reach } from "./reach.ts";

export interface DaemonClientOptions {
  /** This product's version: a client takes over from an older daemon. */
  version: string;
  kind: "window" | "cli";
  /** What to run when no daemon listens. */
  daemonScript: string;
  /** The Node that runs it; else this process's own (an Electron serves too). */
  execPath?: string;
  /** Else this person's (`stateDirectoryOf`). */
  stateDirectory?: string;
  /** The daemon's environment, but for secrets; else this process's. */
  env?: NodeJS.ProcessEnv;
  /** Makes the service inside this process, for when no daemon can be started. */
  inHost?: (stateDirectory: string) => Promise<BudgetService>;
  log: Log;
}

/** Connects to the daemon, starting it where needed, and stays connected until it is disposed. */
export function createDaemonClient(options: DaemonClientOptions): DaemonClient {
  return new Client(options);
}

/** After it was given up, the daemon is tried again every so often, in milliseconds. */
const TRY_AGAIN = 30_000;
/** How often one request may lose its connection: it may be what ends the daemon. */
const MOST_TRIES = 3;
/** Errors that say nothing about the request: the daemon went, or is going. */
const RETRIED: number[] = [HANDING_OVER, ErrorCodes.PendingResponseRejected];
/** How long `dispose` waits for requests that are under way, in milliseconds. */
const LAST_WORDS = 1_000;

class Client implements DaemonClient {
  state: State | undefined;
  link: Link;
  private readonly log: Log;
  private readonly reach: Reach;
  private readonly listeners = new Set<() => void>();
  private readonly stop = new AbortController();
  /** Ends the pause before the daemon is tried again. */
  private again = new AbortController();
  private readonly underWay = new Set<Promise<unknown>>();
  private peer = Promise.withResolvers<Peer>();
  private current: Peer | undefined;
  /** What a new daemon must be told before it is signed in. */
  private network: Network | undefined;
  /** What the person has chosen: a daemon that could not write it down, or has lost it, does not know. */
  private preferences: Preferences | undefined;
  /** What to sign in again with after the daemon was restarted. In memory only. */
  private account: { endpoint: string; token: string } | undefined;
  /** Where it is, if it can be asked. */
  private place: WindowPlace | undefined;
  onAsk: (question: TurnQuestion, signal: AbortSignal) => Promise<TurnAnswer> = async () => ({ choice: "stop" });
  onWork: (folder: string) => FolderWork = () => ({});
  onTell: (refusal: Refusal) => Promise<void> = async () => {};
  private signingIn = 0;
  /** The daemon that serves now has been seen with an account: a new one begins without any. */
  private hadAccount = false;

  constructor(options: DaemonClientOptions) {
    const { env = process.env, execPath = process.execPath } = options;
    const stateDirectory = options.stateDirectory ?? stateDirectoryOf(env);
    this.log = options.log;
    this.link = { phase: "connecting", stateDirectory };
    this.reach = new Reach({ ...options, env, execPath, stateDirectory, inHost: options.inHost });
    this.peer.promise.catch(() => {});
    void this.stayConnected();
  }

  onDidChange(listener: () => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  }

  prices = () => this.ask((daemon) => daemon.sendRequest(Daemon.prices));
  refresh = () => {
    this.tryNow();
    return this.ask((daemon) => daemon.sendRequest(Daemon.refresh));
  };
  history = (days: number) => this.ask((daemon) => daemon.sendRequest(Daemon.history, { days }));
  uploads = () => this.ask((daemon) => daemon.sendRequest(Daemon.uploads));
  useNetwork = async (network: Network) => {
    this.network = network;
    await this.ask((daemon) => daemon.sendRequest(Daemon.useNetwork, network));
  };
  window = async (place: WindowPlace) => {
    this.place = place;
    await this.ask((daemon) => daemon.sendRequest(Daemon.window, place));
  };
  telemetry = () => this.ask((daemon) => daemon.sendRequest(Daemon.telemetry));
  takeAlong = (travel: TravelRequest) => this.ask((daemon) => daemon.sendRequest(Daemon.takeAlong, travel));
  verify = () => this.ask((daemon) => daemon.sendRequest(Daemon.verify));
  configure = async (preferences: Preferences) => {
    this.preferences = preferences;
    await this.ask((daemon) => daemon.sendRequest(Daemon.configure, preferences));
  };
  open = (request: OpenRequest) => this.ask((daemon) => daemon.sendRequest(Daemon.open, request));
  grow = (id: string, output: number) => this.ask((daemon) => daemon.sendRequest(Daemon.grow, { id, output }));
  settle = (settlement: Settlement) => this.ask((daemon) => daemon.sendRequest(Daemon.settle, settlement));
  cancel = (id: string) => this.ask((daemon) => daemon.sendRequest(Daemon.cancel, { id }));

  policyVersions = () => this.ask((daemon) => daemon.sendRequest(Daemon.policyVersions));
  rehearsePolicy = (policy: unknown) => this.ask((daemon) => daemon.sendRequest(Daemon.rehearsePolicy, { policy }));
  pushPolicy = (push: PolicyPush) => this.ask((daemon) => daemon.sendRequest(Daemon.pushPolicy, push));

  askForMore = (asking: Asking) => this.ask((daemon) => daemon.sendRequest(Daemon.askForMore, asking));
  grants = () => this.ask((daemon) => daemon.sendRequest(Daemon.grants));
  decideGrant = (id: string, decision: GrantDecision) =>
    this.ask((daemon) => daemon.sendRequest(Daemon.decideGrant, { id, decision }));

  report = (query: ReportQuery) => this.ask((daemon) => daemon.sendRequest(Daemon.report, query));
  teamGlance = () => this.ask((daemon) => daemon.sendRequest(Daemon.teamGlance));
  doubts = () => this.ask((daemon) => daemon.sendRequest(Daemon.doubts));
  writeOff = (id: string) => this.ask((daemon) => daemon.sendRequest(Daemon.writeOff, { id }));
  ownEntries = () => this.ask((daemon) => daemon.sendRequest(Daemon.ownEntries));

  async connectAccount(endpoint: string, token: string): Promise<SyncStatus> {
    const account = { endpoint, token };
    const status = await this.ask((daemon) => this.signIn(daemon, account));
    if (status.phase !== "refused") this.account = account;
    return status;
  }

  async disconnectAccount(): Promise<void> {
    this.account = undefined;
    await this.ask((daemon) => daemon.sendRequest(Daemon.disconnectAccount));
  }

  dispose(): void {
    if (this.stop.signal.aborted) return;
    this.stop.abort();
    this.listeners.clear();
    this.peer.reject(new Error("Token Budget is closing"));
    const peer = this.current;
    const settled = Promise.allSettled(this.underWay);
    void Promise.race([settled, delay(LAST_WORDS, undefined, { ref: false })]).then(() => peer?.end());
  }

  private async stayConnected(): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      try {
        const peer = await this.reach.peer(signal);
        await this.use(peer);
      } catch (error) {
        if (signal.aborted) return;
        this.again = new AbortController();
        this.giveUp(error instanceof Error ? error.message : String(error));
        const ends = { signal: AbortSignal.any([signal, this.again.signal]), ref: false };
        await delay(TRY_AGAIN, undefined, ends).catch(() => {});
      }
    }
  }

  /** Serves requests over `peer` until its connection ends. */
  private async use(peer: Peer): Promise<void> {
    if (this.stop.signal.aborted) return peer.end();
    this.current = peer;
    this.hadAccount = false;
    peer.onState((state) => this.take(state));
    peer.onAsk((question, signal) => this.onAsk(question, signal));
    peer.onWork((folder) => this.onWork(folder));
    peer.onTell((refusal) => this.onTell(refusal));
    const { stateDirectory } = peer.reply;
    if (await this.firstState(peer)) {
      this.peer.resolve(peer);
      this.change({ phase: "connected", place: peer.place, stateDirectory });
    } else peer.end();
    await peer.closed;
    this.current = undefined;
    if (this.stop.signal.aborted) return;
    this.peer = Promise.withResolvers();
    this.peer.promise.catch(() => {});
    this.change({ phase: "connecting", stateDirectory });
  }

  /** The first snapshot, signed in again where the daemon is a new one. False when there is none. */
  private async firstState(peer: Peer): Promise<boolean> {
    const { connection } = peer;
    try {
      if (this.network) await connection.sendRequest(Daemon.useNetwork, this.network);
      if (this.preferences)
        await connection.sendRequest(Daemon.configure, this.preferences).catch((error: Error) => this.log(error.message));
      if (this.place) await connection.sendRequest(Daemon.window, this.place);
      const state = await peer.state();
      const { account } = this;
      if (!account || state.sync.phase !== "signedOut") {
        this.take(state);
        return true;
      }
      this.signIn(connection, account).catch((error) => this.log(`signing in again: ${error.message}`));
      this.state = await peer.state();
      return true;
    } catch {
      return false;
    }
  }

  private async signIn(daemon: MessageConnection, account: { endpoint: string; token: string }): Promise<SyncStatus> {
    this.signingIn++;
    try {
      return await daemon.sendRequest(Daemon.connectAccount, account);
    } finally {
      this.signingIn--;
    }
  }

  private take(state: State): void {
    const isSignedOut = state.sync.phase === "signedOut";
    // Another window has signed out: that holds for all.
    if (isSignedOut && this.hadAccount && this.signingIn === 0) this.account = undefined;
    this.hadAccount ||= !isSignedOut;
    this.state = state;
    this.changed();
  }

  /** Who asks for it need not wait until a daemon that was given up is tried again by itself. */
  private tryNow(): void {
    const { phase, reason: _, ...link } = this.link;
    if (phase !== "failed") return;
    this.change({ ...link, phase: "connecting" });
    this.again.abort();
  }

  private giveUp(reason: string): void {
    this.log(`no daemon: ${reason}`);
    const { stateDirectory } = this.link;
    this.peer.reject(new Error(reason));
    this.peer = Promise.withResolvers();
    this.peer.promise.catch(() => {});
    this.change({ phase: "failed", reason, ...(stateDirectory && { stateDirectory }) });
  }

  private change(link: Link): void {
    this.link = link;
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** Asks the daemon; asks its successor when it ends before it answers (every request may be repeated). */
  private ask<R>(request: (daemon: MessageConnection) => Promise<R>): Promise<R> {
    const asking = this.askUntilAnswered(request);
    this.underWay.add(asking);
    const done = () => this.underWay.delete(asking);
    asking.then(done, done);
    return asking;
  }

  private async askUntilAnswered<R>(request: (daemon: MessageConnection) => Promise<R>): Promise<R> {
    for (let tries = 1; ; tries++) {
      const peer = await this.connected();
      try {
        return await request(peer.connection);
      } catch (error) {
        if (error instanceof ResponseError && !RETRIED.includes(error.code)) throw new Error(error.message);
        if (tries === MOST_TRIES) throw new Error(`the daemon ended ${tries} times before it answered`);
      }
      await peer.closed; // or is about to, for a newer one
    }
  }

  private connected(): Promise<Peer> {
    if (this.link.phase === "failed") return Promise.reject(new Error(this.link.reason));
    return this.peer.promise;
  }
}
