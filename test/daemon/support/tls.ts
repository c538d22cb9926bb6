import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

/** A certificate for `localhost` and `budget.example.test`, signed by itself, and its key: for tests alone. */
export const CERTIFICATE = fileURLToPath(new URL("../../fixtures/tls/localhost.pem", import.meta.url));
const KEY = fileURLToPath(new URL("../../fixtures/tls/localhost.key", import.meta.url));

export interface Listening {
  port: number;
  close(): Promise<void>;
}

/** Serves what the http server at `target` does over TLS, on a free port of loopback. */
export async function startTlsFront(target: string): Promise<Listening> {
  const { hostname, port } = new URL(target);
  const server = createServer({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) }, (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders(); // an event stream begins without an event
      pipeline(answer, outgoing).catch(() => {}); // who hung up is told by the connection's end
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    pipeline(incoming, passed).catch(() => {});
  });
  server.on("tlsClientError", () => {}); // its client hears of it
  return listening(server);
}

/** What happens to a connection on its way. */
export interface Fate {
  /** Before anything goes through (ms). */
  delay?: number;
  /** In which direction something goes wrong, after so many bytes, which may be changed while they have not passed. */
  fault?: { kind: "cut" | "reset" | "truncate" | "corrupt"; toClient: boolean; after: number };
}

/** A line to `port` of loopback on which connections fare as `fateOf` says, one call each. The bytes are TLS: nobody here can read them. */
export function startBadLine(port: number, fateOf: () => Fate): Promise<Listening> {
  const server = createTcpServer((client) => {
    const { delay = 0, fault } = fateOf();
    const upstream = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
    setTimeout(() => {
      pass(client, upstream, fault && !fault.toClient ? fault : undefined);
      pass(upstream, client, fault?.toClient ? fault : undefined);
    }, delay);
  });
  return listening(server);
}

function pass(from: Socket, to: Socket, fault: Fate["fault"]): void {
  let passed = 0;
  from.on("data", (bytes: Buffer) => {
    const left = fault ? fault.after - passed : Number.POSITIVE_INFINITY;
    passed += bytes.length;
    if (!fault || left < 0 || left >= bytes.length) {
      to.write(bytes);
      return;
    }
    const broken = Buffer.from(bytes);
    switch (fault.kind) {
      case "corrupt":
        broken[left]! ^= 0x55;
        to.write(broken);
        return;
      case "truncate":
        to.end(broken.subarray(0, left));
        from.pause();
        return;
      case "cut":
        to.write(broken.subarray(0, left));
        to.destroy();
        return;
      case "reset":
        from.resetAndDestroy();
        to.resetAndDestroy();
    }
  });
  from.on("end", () => to.end());
}

/** A proxy for CONNECT, which takes every host to be this machine. */
export async function startConnectProxy(): Promise<Listening & { connects: string[] }> {
  const connects: string[] = [];
  const server = createTcpServer((client) => {
    client.on("error", () => {});
    client.once("data", (head: Buffer) => {
      const [, host, port] = /^CONNECT (\S+):(\d+) /.exec(head.toString("latin1")) ?? [];
      connects.push(`${host}:${port}`);
      const upstream = connect(Number(port), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(upstream).pipe(client);
      });
      upstream.on("error", () => client.destroy());
    });
  });
  return { ...(await listening(server)), connects };
}

async function listening(server: Server): Promise<Listening> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
