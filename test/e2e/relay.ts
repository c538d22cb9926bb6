import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

/** A server that passes every request on, so that a test can see what comes and cut the line. */
export interface Relay {
  url: string;
  /** What came, as `POST /v1/chat/completions`. */
  requests: string[];
  /** Ends all connections and takes no new ones. */
  down(): Promise<void>;
  /** Serves again, at the same address. */
  up(): Promise<void>;
}

/** Starts a relay to `target` (an http URL) on a free port of loopback; `down()` ends it. */
export async function startRelay(target: string): Promise<Relay> {
  const requests: string[] = [];
  const { hostname, port, pathname } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const { method, url: path, headers } = incoming;
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders(); // an event stream begins without an event
      pipeline(answer, outgoing).catch(() => {}); // who hung up is told by the connection's end
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  const listen = async (at: number) => {
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const own = await listen(0);
  return {
    url: `http://127.0.0.1:${own}${pathname.replace(/\/$/, "")}`,
    requests,
    async down() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
    async up() {
      await listen(own);
    },
  };
}
