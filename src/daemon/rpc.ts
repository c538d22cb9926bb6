import type { Duplex } from "node:stream";
import {
  type ConnectionOptions,
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";

/** JSON-RPC over a stream; it begins with `listen`. */
export function rpcOver(stream: Duplex, options?: ConnectionOptions): MessageConnection {
  const reader = new StreamMessageReader(stream);
  // Nobody listens to what its timer says of messages that are slow to come, and after a stream that ended within one it would tick for ever.
  reader.partialMessageTimeout = 0;
  return createMessageConnection(reader, new StreamMessageWriter(stream), undefined, options);
}
