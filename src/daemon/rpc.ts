import type { Duplex } from "node:stream";
import {
  AbstractMessageWriter,
  type ConnectionOptions,
  createMessageConnection,
  type Message,
  type MessageConnection,
  type MessageWriter,
  StreamMessageReader,
} from "vscode-jsonrpc/node";

/** JSON-RPC over a stream; it begins with `listen`. */
export function rpcOver(stream: Duplex, options?: ConnectionOptions): MessageConnection {
  const reader = new StreamMessageReader(stream);
  // Nobody listens to what its timer says of messages that are slow to come, and after a stream that ended within one it would tick for ever.
  reader.partialMessageTimeout = 0;
  return createMessageConnection(reader, new WholeMessageWriter(stream), undefined, options);
}

/**
 * Writes header and body at once, and with them what else is said at that moment. The library's own writer makes two writes of every message;
 * each wakes who reads.
 */
class WholeMessageWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #stream: Duplex;
  #errors = 0;

  constructor(stream: Duplex) {
    super();
    this.#stream = stream;
    stream.on("error", (error) => this.fireError(error));
    stream.on("close", () => this.fireClose());
  }

  async write(message: Message): Promise<void> {
    const written = Promise.withResolvers<void>();
    const body = JSON.stringify(message);
    this.#stream.cork();
    process.nextTick(() => this.#stream.uncork());
    this.#stream.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, (error) =>
      error ? written.reject(error) : written.resolve(),
    );
    try {
      await written.promise;
    } catch (error) {
      this.fireError(error, message, ++this.#errors);
      throw error;
    }
  }

  end(): void {
    this.#stream.end();
  }
}
