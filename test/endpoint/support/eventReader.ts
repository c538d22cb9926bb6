import { EventSourceParserStream } from "eventsource-parser/stream";

export interface ReadEvent {
  name: string;
  id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what its event holds
  data: any;
}

/** A reader of an endpoint's events, one after another. */
export class EventReader {
  readonly #events: AsyncIterator<ReadEvent>;
  readonly #abort: AbortController;
  lastId: string | undefined;

  private constructor(events: AsyncIterator<ReadEvent>, abort: AbortController) {
    this.#events = events;
    this.#abort = abort;
  }

  static async open(url: string, token: string, lastEventId?: string): Promise<EventReader> {
    const abort = new AbortController();
    const response = await fetch(`${url}/v1/events`, {
      headers: { authorization: `Bearer ${token}`, ...(lastEventId !== undefined && { "last-event-id": lastEventId }) },
      signal: abort.signal,
    });
    if (response.status !== 200) throw new Error(`events: ${response.status}`);
    return new EventReader(read(response.body!), abort);
  }

  /** The next event of one of these names; others are passed over. Rejects at the stream's end. */
  async next(...names: string[]): Promise<ReadEvent> {
    for (;;) {
      const { value, done } = await this.#events.next();
      if (done) throw new Error("the stream ended");
      if (value.id !== undefined) this.lastId = value.id;
      if (names.length === 0 || names.includes(value.name)) return value;
    }
  }

  close(): void {
    this.#abort.abort();
  }
}

async function* read(body: ReadableStream<Uint8Array>): AsyncGenerator<ReadEvent> {
  const stream = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { event, id, data } of stream) yield { name: event ?? "message", id, data: JSON.parse(data) };
}
