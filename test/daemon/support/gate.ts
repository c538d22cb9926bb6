import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy between machine and endpoint that holds calls back, or answers them with an error, when a test says so. */
export interface Gate {
  url: string;
  /** From now on calls whose path fits wait. Resolves when the first of them has come. */
  hold(fits: (path: string) => boolean): Promise<void>;
  /** Lets through what waits, and all that comes. */
  open(): void;
  /** From now on every call is answered with this status; the event stream goes on. */
  refuseWith(status: number): void;
  close(): Promise<void>;
}

export async function startGate(target: string): Promise<Gate> {
  let held: (path: string) => boolean = () => false;
  let arrived = Promise.withResolvers<void>();
  let opened = Promise.withResolvers<void>();
  let refusal: number | undefined;
  const open = () => {
    held = () => false;
    refusal = undefined;
    opened.resolve();
    opened = Promise.withResolvers();
  };
  const server = createServer(async (request, response) => {
    try {
      const body: Buffer[] = [];
      for await (const chunk of request) body.push(chunk as Buffer);
      if (held(request.url!)) {
        arrived.resolve();
        await opened.promise;
      }
      if (refusal !== undefined && request.url !== "/v1/events") {
        const problem = { type: "about:blank", title: "No", status: refusal, detail: "This token was revoked." };
        response.writeHead(refusal, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
        return;
      }
      const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
      const answer = await fetch(target + request.url, {
        method: request.method!,
        headers: headers as Record<string, string>,
        ...(request.method === "POST" && { body: Buffer.concat(body) }),
      });
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
      response.flushHeaders();
      for await (const part of answer.body ?? []) response.write(part);
      response.end();
    } catch {
      response.destroy(); // one of both ends has gone
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(fits) {
      held = fits;
      arrived = Promise.withResolvers();
      return arrived.promise;
    },
    open,
    refuseWith(status) {
      refusal = status;
    },
    async close() {
      open();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
