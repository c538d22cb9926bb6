import { connect, type Socket } from "node:net";

/**
 * One keep-alive HTTP connection that sends one request after the other, with next to no work of its own: on a small machine, what the
 * client takes the server does not have.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer[] = [];
  #answered: ((status: number) => void) | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
  }

  static open(url: string): Promise<Connection> {
    const { hostname, port, host } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(new Connection(socket, host)));
      socket.once("error", reject);
    });
  }

  /** Posts JSON and resolves with the status once the whole answer is here. */
  post(path: string, token: string, body: string): Promise<number> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      const headers = `host: ${this.#host}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
      this.#socket.write(`POST ${path} HTTP/1.1\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    const all = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const end = all.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = all.toString("latin1", 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    if (all.length < end + 4 + length) return;
    this.#received = [];
    this.#answered?.(Number(head.slice(9, 12)));
  }
}
