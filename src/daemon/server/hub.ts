import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { createMessageConnection, type Message, type MessageConnection, ResponseError } from "vscode-jsonrpc/node";
import { Daemon, type Hello, type HelloReply, PROTOCOL_VERSION } from "../../protocol/daemon.ts";
import { FAILED, HANDING_OVER } from "../codes.ts";
import type { BudgetService, Log } from "../service.ts";
import { isNewer } from "./version.ts";

export interface HubOptions {
  service: BudgetService;
  version: string;
  stateDirectory: string;
  log: Log;
  /** A newer client wants the place; called once. */
  onHandOver(): void;
  /** How many clients are connected, whenever that changes. */
  onClients(count: number): void;
}

/** Changes that are no further apart than this go to the clients as one, in milliseconds. */
const BURST = 10;

/** The service as its clients reach it, whatever carries the bytes. */
export class Hub {
  private readonly options: HubOptions;
  private readonly startedAt = new Date().toISOString();
  private readonly clients = new Set<Client>();
  private readonly subscription: { dispose(): void };
  private handingOver = false;

  constructor(options: HubOptions) {
    this.options = options;
    this.subscription = options.service.onDidChange(() => {
      for (const client of this.clients) client.changed();
    });
  }

  /** Serves a client over `stream` until that closes. */
  accept(stream: Duplex): void {
    const client = new Client(stream, this.options, {
      greet: (hello) => this.greet(client, hello),
      handOver: () => this.handOver(),
      mayOpen: () => !this.handingOver,
    });
    this.clients.add(client);
    void client.gone.then(() => {
      this.clients.delete(client);
      if (client.hello) this.countClients();
    });
  }

  /** Takes no new requests to send, and resolves when those that are under way have been settled. */
  async finish(): Promise<void> {
    this.handingOver = true;
    await Promise.all([...this.clients].map((client) => client.answered()));
    await this.options.service.idle();
  }

  /** Answers nobody any more; resolves when the service knows that its clients are gone. They see it at `disconnect`. */
  async close(): Promise<void> {
    this.handingOver = true;
    this.subscription.dispose();
    await Promise.all([...this.clients].map((client) => client.leave()));
  }

  disconnect(): void {
    for (const client of this.clients) client.disconnect();
  }

  private greet(client: Client, hello: Hello): HelloReply {
    const { version, stateDirectory, log } = this.options;
    const others = this.greeted();
    client.hello = hello;
    log(`a ${hello.kind} of version ${hello.version} connected`);
    this.countClients();
    return {
      protocol: PROTOCOL_VERSION,
      version,
      pid: process.pid,
      startedAt: this.startedAt,
      stateDirectory,
      others,
      outdated: isNewer(hello.version, version),
    };
  }

  private handOver(): void {
    if (this.handingOver) return;
    this.handingOver = true;
    this.options.onHandOver();
  }

  private countClients(): void {
    this.options.onClients(this.greeted());
  }

  private greeted(): number {
    return [...this.clients].filter(({ hello }) => hello).length;
  }
}

interface ClientHooks {
  greet(hello: Hello): HelloReply;
  handOver(): void;
  mayOpen(): boolean;
}

/** One connection. */
class Client {
  /** What it said first; nothing else is answered before. */
  hello: Hello | undefined;
  /** Resolves when the connection has ended and the service knows. */
  readonly gone: Promise<void>;
  private readonly id = randomUUID();
  private readonly stream: Duplex;
  private readonly connection: MessageConnection;
  private readonly service: BudgetService;
  private readonly log: Log;
  private readonly underWay = new Set<Promise<unknown>>();
  private leaving: Promise<void> | undefined;
  private dispatched = 0;
  /** The service has changed since the last push. */
  private unseen = false;
  private soon: NodeJS.Timeout | undefined;
  private pushing = false;

  constructor(stream: Duplex, { service, log }: HubOptions, hooks: ClientHooks) {
    this.stream = stream;
    this.service = service;
    this.log = log;
    stream.on("error", () => {}); // ends in `close`, which is what counts
    this.connection = createMessageConnection(stream, stream, undefined, {
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

  private answerRequests(hooks: ClientHooks): void {
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
      this.answer(() => {
        if (!hooks.mayOpen()) throw new ResponseError(HANDING_OVER, "a newer version of Token Budget is taking over");
        return service.open(request, this.id);
      }),
    );
    connection.onRequest(Daemon.sent, ({ id }) => this.answer(() => service.sent(id)));
    connection.onRequest(Daemon.grow, ({ id, output }) => this.answer(() => service.grow(id, output)));
    connection.onRequest(Daemon.settle, (settlement) => this.answer(() => service.settle(settlement)));
    connection.onRequest(Daemon.cancel, ({ id }) => this.answer(() => service.cancel(id)));
    connection.onRequest(Daemon.configure, (preferences) => this.answer(() => service.configure(preferences)));
    connection.onRequest(Daemon.history, ({ days }) => this.answer(() => service.history(days)));
    connection.onRequest(Daemon.glance, () => service.glance());
    connection.onRequest(Daemon.useNetwork, (network) => this.answer(() => service.useNetwork(network)));
    connection.onRequest(Daemon.uploads, () => this.answer(() => service.uploads()));
    connection.onRequest(Daemon.policyVersions, () => this.answer(() => service.policyVersions()));
    connection.onRequest(Daemon.rehearsePolicy, ({ policy }) => this.answer(() => service.rehearsePolicy(policy)));
    connection.onRequest(Daemon.pushPolicy, (push) => this.answer(() => service.pushPolicy(push)));
    connection.onRequest(Daemon.takeAlong, (travel) => this.answer(() => service.takeAlong(travel)));
    connection.onRequest(Daemon.verify, () => this.answer(() => service.verify()));
    connection.onRequest(Daemon.askForMore, (asking) => this.answer(() => service.askForMore(asking)));
    connection.onRequest(Daemon.grants, () => this.answer(() => service.grants()));
    connection.onRequest(Daemon.decideGrant, ({ id, decision }) => this.answer(() => service.decideGrant(id, decision)));
  }

  /**
   * Answers a request by what the service does, or with its error's message alone: no stack crosses. What the request changed
   * reaches its client before the answer.
   */
  private async answer<R>(act: () => R | Promise<R>): Promise<R> {
    if (!this.hello) throw new ResponseError(FAILED, "say hello first");
    const answer = (async () => act())();
    this.underWay.add(answer);
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ResponseError) throw error;
      throw new ResponseError(FAILED, error instanceof Error ? error.message : String(error));
    } finally {
      this.underWay.delete(answer);
      void this.push();
    }
  }

  private async push(): Promise<void> {
    if (!this.unseen || !this.hello || this.stream.destroyed) return;
    this.unseen = false;
    this.pushing = true;
    await this.connection.sendNotification(Daemon.stateChanged, this.service.state()).catch(() => {});
    this.pushing = false;
    if (this.unseen) this.changed();
  }

  private dispatch(message: Message, next: (message: Message) => void): void {
    this.dispatched++;
    next(message);
  }

  private async finish(): Promise<void> {
    await this.drain();
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
