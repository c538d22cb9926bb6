import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { CancellationTokenSource, type Message, type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import type { FolderWork, Refusal, TurnAnswer, TurnQuestion, WindowPlace } from "../../protocol/assistants.ts";
import { Daemon, type Hello, type HelloReply, type OpenReply, type OpenRequest } from "../../protocol/daemon.ts";
import { FAILED, HANDING_OVER } from "../codes.ts";
import { rpcOver } from "../rpc.ts";
import type { BudgetService, Log } from "../service.ts";
import type { StateFeed } from "./stateFeed.ts";
import type { AskableWindow } from "./windows.ts";

/** Changes that are no further apart than this go to the clients as one, in milliseconds. */
const BURST = 10;

export interface ConnectionParts {
  service: BudgetService;
  feed: StateFeed;
  log: Log;
}

/** What a connection needs of the hub. */
export interface ConnectionHooks {
  greet(hello: Hello): HelloReply;
  handOver(): void;
  mayOpen(): boolean;
  /** It is a window that can be asked, and is there. */
  place(place: WindowPlace): void;
  /** It cannot be asked any more. */
  leaving(): void;
}

/** One client's connection. */
export class Connection implements AskableWindow {
  /** What it said first; nothing else is answered before. */
  hello: Hello | undefined;
  /** Resolves when the connection has ended and the service knows. */
  readonly gone: Promise<void>;
  private readonly id = randomUUID();
  private readonly stream: Duplex;
  private readonly connection: MessageConnection;
  private readonly service: BudgetService;
  private readonly feed: StateFeed;
  private readonly log: Log;
  private readonly underWay = new Set<Promise<unknown>>();
  private leaving: Promise<void> | undefined;
  /** Aborts when nobody is there to hear an answer. */
  private readonly left = new AbortController();
  private readonly onLeaving: () => void;
  private dispatched = 0;
  /** The service has changed since the last push. */
  private unseen = false;
  /** The version of the state that its client knows. */
  private told = 0;
  private soon: NodeJS.Timeout | undefined;
  private pushing = false;

  constructor(stream: Duplex, { service, feed, log }: ConnectionParts, hooks: ConnectionHooks) {
    this.stream = stream;
    this.service = service;
    this.feed = feed;
    this.log = log;
    this.onLeaving = hooks.leaving;
    stream.on("error", () => {}); // ends in `close`, which is what counts
    this.connection = rpcOver(stream, {
      messageStrategy: { handleMessage: (message, next) => this.dispatch(message, next) },
    });
    this.gone = new Promise((resolve) => {
      this.connection.onClose(() => resolve(this.leave()));
    });
    this.answerRequests(hooks);
    this.connection.listen();
  }

  /** The service changed. A burst is one push, and so is what changes while a push is on its way to a slow reader. */
  changed(): void {
    this.unseen = true;
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      if (!this.pushing) void this.push();
    }, BURST);
  }

  /** Resolves when every request that has come was answered. */
  async answered(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  /** What the client wrote before it went still counts: a last `settle` must not turn into an uncertain entry. */
  leave(): Promise<void> {
    this.leaving ??= this.finish();
    return this.leaving;
  }

  disconnect(): void {
    this.stream.destroy();
  }

  /** Asks its person. @throws when it has gone, or cannot ask */
  async ask(question: TurnQuestion, signal: AbortSignal): Promise<TurnAnswer> {
    const cancelling = new CancellationTokenSource();
    const cancel = () => cancelling.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await this.connection.sendRequest(Daemon.ask, question, cancelling.token);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** What the requests of a folder of its are for. @throws when it has gone, or does not know */
  work(folder: string): Promise<FolderWork> {
    return this.connection.sendRequest(Daemon.work, { folder });
  }

  /** Tells its person what an assistant is not let do. @throws when it has gone, or cannot tell */
  tell(refusal: Refusal): Promise<void> {
    return this.connection.sendRequest(Daemon.tell, refusal);
  }

  private answerRequests(hooks: ConnectionHooks): void {
    const { connection, service } = this;
    connection.onRequest(Daemon.hello, (hello) => hooks.greet(hello));
    connection.onRequest(Daemon.handOver, () => this.answer(() => hooks.handOver()));
    connection.onRequest(Daemon.state, () => this.answer(() => service.state()));
    connection.onRequest(Daemon.prices, () => this.answer(() => service.prices()));
    connection.onRequest(Daemon.connectAccount, ({ endpoint, token }) =>
      this.answer(() => service.connectAccount(endpoint, token)),
    );
    connection.onRequest(Daemon.disconnectAccount, () => this.answer(() => service.disconnectAccount()));
    connection.onRequest(Daemon.refresh, () => this.answer(() => service.refresh()));
    connection.onRequest(Daemon.open, (request) =>
      this.answerAtOnce(() => {
        if (!hooks.mayOpen()) throw new ResponseError(HANDING_OVER, "a newer version of Token Budget is taking over");
        return this.open(request);
      }),
    );
    connection.onRequest(Daemon.grow, ({ id, output }) => this.answerAtOnce(() => service.grow(id, output)));
    connection.onRequest(Daemon.settle, (settlement) => this.answerAtOnce(() => service.settle(settlement)));
    connection.onRequest(Daemon.cancel, ({ id }) => this.answerAtOnce(() => service.cancel(id)));
    connection.onRequest(Daemon.configure, (preferences) => this.answer(() => service.configure(preferences)));
    connection.onRequest(Daemon.history, ({ days }) => this.answer(() => service.history(days)));
    connection.onRequest(Daemon.glance, () => service.glance());
    connection.onRequest(Daemon.hook, (call) => this.track(service.hook(call, this.left.signal)));
    connection.onRequest(Daemon.window, (place) => this.answer(() => hooks.place(place)));
    connection.onRequest(Daemon.telemetry, () => this.answer(() => service.telemetry()));
    connection.onRequest(Daemon.useNetwork, (network) => this.answer(() => service.useNetwork(network)));
    connection.onRequest(Daemon.uploads, () => this.answer(() => service.uploads()));
    connection.onRequest(Daemon.policyVersions, () => this.answer(() => service.policyVersions()));
    connection.onRequest(Daemon.rehearsePolicy, ({ policy }) => this.answer(() => service.rehearsePolicy(policy)));
    connection.onRequest(Daemon.pushPolicy, (push) => this.answer(() => service.pushPolicy(push)));
    connection.onRequest(Daemon.takeAlong, (travel) => this.answer(() => service.takeAlong(travel)));
    connection.onRequest(Daemon.verify, () => this.answer(() => service.verify()));
    connection.onRequest(Daemon.askForMore, (asking) => this.answer(() => service.askForMore(asking)));
    connection.onRequest(Daemon.grants, () => this.answer(() => service.grants()));
    connection.onRequest(Daemon.report, (query) => this.answer(() => service.report(query)));
    connection.onRequest(Daemon.teamGlance, () => this.answer(() => service.teamGlance()));
    connection.onRequest(Daemon.doubts, () => this.answer(() => service.doubts()));
    connection.onRequest(Daemon.writeOff, ({ id }) => this.answer(() => service.writeOff(id)));
    connection.onRequest(Daemon.ownEntries, () => this.answer(() => service.ownEntries()));
    connection.onRequest(Daemon.decideGrant, ({ id, decision }) => this.answer(() => service.decideGrant(id, decision)));
  }

  /**
   * Journals with the verdict that the request leaves, unless nobody is there any more to hear that it may. Who is asked or told why not goes by
   * what was heard while it was judged.
   */
  private async open(request: OpenRequest): Promise<OpenReply> {
    const reply = await this.service.open(request, this.id);
    if (reply.decision !== "allow") void this.push();
    if (reply.decision !== "allow" || this.leaving) return reply;
    try {
      await this.service.sent(reply.id);
    } catch (error) {
      await this.service.cancel(reply.id).catch(() => {}); // for the same cause
      throw error;
    }
    return reply;
  }

  /** Answers a request; what it changed reaches its client before the answer. */
  private async answer<R>(act: () => R | Promise<R>): Promise<R> {
    try {
      return await this.answerAtOnce(act);
    } finally {
      void this.push();
    }
  }

  /**
   * Answers a request by what the service does, or with its error's message alone: no stack crosses. A model waits for the answer; what the
   * request changed reaches its client with the burst that follows.
   */
  private async answerAtOnce<R>(act: () => R | Promise<R>): Promise<R> {
    if (!this.hello) throw new ResponseError(FAILED, "say hello first");
    try {
      return await this.track((async () => act())());
    } catch (error) {
      if (error instanceof ResponseError) throw error;
      throw new ResponseError(FAILED, error instanceof Error ? error.message : String(error));
    }
  }

  /** Keeps in mind that somebody waits for this answer. */
  private async track<R>(answer: Promise<R>): Promise<R> {
    this.underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.underWay.delete(answer);
    }
  }

  private async push(): Promise<void> {
    if (!this.unseen || !this.hello || this.stream.destroyed) return;
    this.unseen = false;
    const news = this.feed.since(this.told);
    if (!news) return;
    this.told = news.version;
    this.pushing = true;
    try {
      await this.connection.sendNotification(Daemon.stateChanged, news.change);
    } catch {
      // It is gone, or about to be.
    }
    this.pushing = false;
    if (this.unseen) this.changed();
  }

  /** Hands on what `next` answers: the library watches it, and an answer that can no longer be written would end the daemon otherwise. */
  private dispatch<R>(message: Message, next: (message: Message) => R): R {
    this.dispatched++;
    return next(message);
  }

  private async finish(): Promise<void> {
    this.onLeaving();
    await this.drain();
    this.left.abort();
    await this.answered();
    clearTimeout(this.soon);
    this.connection.dispose();
    if (this.hello) await this.service.clientGone(this.id).catch((error) => this.log(`a client left: ${error}`));
  }

  /** The connection hands out what it has read one message a turn, each after a turn of the reader's. */
  private async drain(): Promise<void> {
    for (let before = -1; before !== this.dispatched; ) {
      before = this.dispatched;
      for (let turns = 0; turns < 5; turns++) await turn();
    }
  }
}
