import type { Duplex } from "node:stream";
import type { CancellationToken, MessageConnection } from "vscode-jsonrpc/node";
import type { FolderWork, Refusal, TurnAnswer, TurnQuestion } from "../../protocol/assistants.ts";
import { Daemon, type Hello, type HelloReply, PROTOCOL_VERSION, type State } from "../../protocol/daemon.ts";
import { withChange } from "../../protocol/stateChange.ts";
import { rpcOver } from "../rpc.ts";

/** A daemon that has answered `hello`. */
export interface Peer {
  connection: MessageConnection;
  reply: HelloReply;
  place: "process" | "host";
  /** Resolves when the connection has ended. */
  closed: Promise<void>;
  /** The snapshot as it is now. */
  state(): Promise<State>;
  /** Hears the snapshot whenever the daemon pushes a change of it. */
  onState(listener: (state: State) => void): void;
  /** Answers what the daemon asks its person; the signal aborts when nobody waits for the answer any more. */
  onAsk(answer: (question: TurnQuestion, signal: AbortSignal) => Promise<TurnAnswer>): void;
  /** Says what the requests of a folder are for. */
  onWork(say: (folder: string) => FolderWork): void;
  /** Hears what an assistant is not let do. */
  onTell(tell: (refusal: Refusal) => Promise<void>): void;
  end(): void;
}

/** How long a daemon may take to answer `hello`, in milliseconds: it may be opening its ledger. */
const SLOWEST_HELLO = 15_000;

/** Says hello over `stream`. @throws Error when the daemon does not answer */
export async function greet(stream: Duplex, place: Peer["place"], hello: Omit<Hello, "protocol">): Promise<Peer> {
  stream.on("error", () => {}); // ends in `close`, which is what counts
  const connection = rpcOver(stream);
  const closed = new Promise<void>((resolve) => connection.onClose(resolve)).then(() => connection.dispose());
  connection.listen();
  const end = () => void stream.destroy();
  const tooLong = setTimeout(end, SLOWEST_HELLO);
  try {
    const reply = await connection.sendRequest(Daemon.hello, { protocol: PROTOCOL_VERSION, ...hello });
    let pushed: State | undefined;
    let heard: (state: State) => void = () => {};
    connection.onNotification(Daemon.stateChanged, (change) => {
      pushed = withChange(pushed, change);
      heard(pushed);
    });
    // What was pushed meanwhile is newer.
    const state = async () => {
      const asked = await connection.sendRequest(Daemon.state);
      return pushed ?? asked;
    };
    const onState: Peer["onState"] = (listener) => {
      heard = listener;
    };
    const onAsk: Peer["onAsk"] = (answer) =>
      void connection.onRequest(Daemon.ask, (question, token) => answer(question, signalOf(token, closed)));
    const onWork: Peer["onWork"] = (say) => void connection.onRequest(Daemon.work, ({ folder }) => say(folder));
    const onTell: Peer["onTell"] = (tell) => void connection.onRequest(Daemon.tell, (refusal) => tell(refusal));
    return { connection, reply, place, closed, state, onState, onAsk, onWork, onTell, end };
  } catch (error) {
    end();
    throw new Error(`the daemon does not answer: ${error instanceof Error ? error.message : error}`);
  } finally {
    clearTimeout(tooLong);
  }
}

/** Aborts when the daemon takes the question back, or is gone. */
function signalOf(token: CancellationToken, closed: Promise<void>): AbortSignal {
  const waiting = new AbortController();
  const abort = () => waiting.abort();
  if (token.isCancellationRequested) abort();
  token.onCancellationRequested(abort);
  void closed.then(abort);
  return waiting.signal;
}
