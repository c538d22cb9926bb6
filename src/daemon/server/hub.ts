import type { Duplex } from "node:stream";
import { type Hello, type HelloReply, PROTOCOL_VERSION } from "../../protocol/daemon.ts";
import type { BudgetService, Log } from "../service.ts";
import { Connection } from "./connection.ts";
import { StateFeed } from "./stateFeed.ts";
import { isNewer } from "./version.ts";
import { Windows } from "./windows.ts";

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

/** The service as its clients reach it, whatever carries the bytes. */
export class Hub {
  private readonly options: HubOptions;
  private readonly startedAt = new Date().toISOString();
  private readonly feed: StateFeed;
  private readonly clients = new Set<Connection>();
  private readonly windows = new Windows<Connection>();
  private readonly subscription: { dispose(): void };
  private handingOver = false;

  constructor(options: HubOptions) {
    this.options = options;
    this.feed = new StateFeed(() => options.service.state());
    this.subscription = options.service.onDidChange(() => {
      this.feed.changed();
      for (const client of this.clients) client.changed();
    });
    options.service.useAsker((question, cwd, signal) => this.windows.ask(question, cwd, signal), {
      rulesIn: (cwd) => this.windows.rulesIn(cwd),
      workIn: (cwd) => this.windows.workIn(cwd),
      tell: (refusal, cwd) => this.windows.tell(refusal, cwd),
    });
  }

  /** Serves a client over `stream` until that closes. */
  accept(stream: Duplex): void {
    const client = new Connection(
      stream,
      { ...this.options, feed: this.feed },
      {
        greet: (hello) => this.greet(client, hello),
        handOver: () => this.handOver(),
        mayOpen: () => !this.handingOver,
        place: (place) => this.windows.place(client, place),
        leaving: () => this.windows.remove(client),
      },
    );
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

  private greet(client: Connection, hello: Hello): HelloReply {
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
