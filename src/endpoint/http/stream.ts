import type { ServerResponse } from "node:http";
import type { EventName } from "../../protocol/endpoint.ts";

/** Unsent bytes at which a reader is taken for dead. */
const MOST_UNSENT = 1_000_000;

/** The sending end of one server-sent event stream. */
export class EventStream {
  readonly #response: ServerResponse;
  /** The last numbered event that was sent. */
  seen = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" });
    response.flushHeaders();
  }

  get open(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** Sends an event; with a number, so that the reader can resume behind it. */
  send(name: EventName, data: unknown, id?: number): void {
    if (id !== undefined) this.seen = id;
    this.#write(`${id === undefined ? "" : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** A comment, which keeps proxies from closing a quiet stream. */
  beat(): void {
    this.#write(":\n\n");
  }

  end(): void {
    this.#response.end();
  }

  onClose(listener: () => void): void {
    this.#response.once("close", listener);
  }

  #write(text: string): void {
    if (!this.open) return;
    this.#response.write(text);
    if (this.#response.writableLength > MOST_UNSENT) this.#response.destroy();
  }
}
