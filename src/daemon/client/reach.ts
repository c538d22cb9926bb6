import { existsSync } from "node:fs";
import { duplexPair } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Daemon, PROTOCOL_VERSION } from "../../protocol/daemon.ts";
import { Hub } from "../server/hub.ts";
import type { BudgetService, Log } from "../service.ts";
import { connectTo, socketPathOf } from "../socket.ts";
import { preparePrivateFolder } from "../stateDirectory.ts";
import { greet, type Peer } from "./peer.ts";
import { lastWords, logSize, type Program, startDaemon } from "./start.ts";

export interface Reaching extends Program {
  version: string;
  kind: "window" | "cli";
  /** The service inside this process, for when no daemon can be started. */
  inHost?: ((stateDirectory: string) => Promise<BudgetService>) | undefined;
  log: Log;
}

/** As often in a row a daemon may fail to start, or end at once, before it is given up. */
const MOST_FAILURES = 3;
/** A daemon that has served this long is no crash loop, in milliseconds. */
const STABLE = 30_000;
/** How long to wait for the successor of a daemon that ended in order before starting one, in milliseconds. */
const SUCCESSOR = 5_000;
/** How long to look for a daemon that another client is starting or that is making room, in milliseconds. */
const PATIENCE = 90_000;

/** Finds the daemon, starts it, or takes over from an older one; remembers how often that failed. */
export class Reach {
  private readonly options: Reaching;
  private failures = 0;
  private lastRun: { since: number; log: number } | undefined;

  constructor(options: Reaching) {
    this.options = options;
  }

  /** A daemon of this protocol. @throws Error, for people, when there will be none */
  async peer(signal: AbortSignal): Promise<Peer> {
    preparePrivateFolder(this.options.stateDirectory);
    const lost = this.lastRun !== undefined;
    const instead = await this.judgeLastRun();
    if (instead) return instead;
    const deadline = Date.now() + PATIENCE;
    const successor = lost && this.endedInOrder() ? Date.now() + SUCCESSOR : 0;
    for (let round = 0; Date.now() < deadline; round++) {
      const peer = await this.tryOnce(Date.now() < successor).catch((error: Error) => this.failed(error));
      if (peer && peer !== "handed over") return peer;
      if (!peer) await delay(pause(round), undefined, { signal });
    }
    throw new Error("another daemon holds the place and does not answer");
  }

  /** A daemon that starts, but ends again and again soon after, is a crash loop too. */
  private async judgeLastRun(): Promise<Peer | undefined> {
    const run = this.lastRun;
    this.lastRun = undefined;
    if (!run) return undefined;
    if (Date.now() - run.since < STABLE)
      return this.failed(new Error(lastWords(this.options.stateDirectory, run.log) ?? "the daemon ended"));
    this.failures = 0;
    return undefined;
  }

  /** A daemon that was killed leaves its socket behind. One that made room for a newer one, or was told to end, does not. */
  private endedInOrder(): boolean {
    return !existsSync(socketPathOf(this.options.stateDirectory));
  }

  private async failed(error: Error): Promise<Peer | undefined> {
    const { inHost, log, stateDirectory } = this.options;
    this.failures++;
    log(`daemon: ${error.message}`);
    if (this.failures < MOST_FAILURES) return undefined;
    this.failures = 0;
    if (!inHost) throw error;
    log("the daemon could not be started; going on inside this process");
    return this.serveHere(await inHost(stateDirectory));
  }

  /** Undefined: try again soon. */
  private async tryOnce(onlyFind: boolean): Promise<Peer | "handed over" | undefined> {
    const found = await connectTo(socketPathOf(this.options.stateDirectory));
    const stream = found ?? (onlyFind ? undefined : await startDaemon(this.options));
    if (!stream) return undefined;
    const peer = await greet(stream, "process", this.options).catch((error: Error) => {
      // One that was found may be about to end, which is no failure of its own: whoever was its client has counted that.
      if (found) return undefined;
      throw error;
    });
    if (!peer) return undefined;
    if (peer.reply.outdated) {
      this.options.log(`taking over from daemon ${peer.reply.version}`);
      await peer.connection.sendRequest(Daemon.handOver).catch(() => {}); // somebody else may have asked for it already
      const stuck = setTimeout(peer.end, PATIENCE);
      await peer.closed;
      clearTimeout(stuck);
      return "handed over";
    }
    if (peer.reply.protocol !== PROTOCOL_VERSION) {
      peer.end();
      throw new Error(`a daemon of version ${peer.reply.version} is running; restart this window to use it`);
    }
    this.lastRun = { since: Date.now(), log: logSize(this.options.stateDirectory) };
    return peer;
  }

  /** The same server code over a pair of streams. */
  private async serveHere(service: BudgetService): Promise<Peer> {
    const { version, stateDirectory, log } = this.options;
    const [here, there] = duplexPair();
    const hub = new Hub({ service, version, stateDirectory, log, onHandOver() {}, onClients() {} });
    hub.accept(there);
    const peer = await greet(here, "host", this.options);
    void peer.closed.then(() => hub.close()).then(() => service.close());
    return peer;
  }
}

/** Milliseconds before the next try: longer each time up to a second, and never the same for two clients. */
function pause(round: number): number {
  return Math.min(1000, 50 * 2 ** round) * (0.5 + Math.random());
}
