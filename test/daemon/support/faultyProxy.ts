import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy between machine and endpoint that, until it is healed, loses requests, loses answers, sends requests twice and cuts answers. */
export interface FaultyProxy {
  url: string;
  /** How many calls it has spoilt. */
  readonly faults: number;
  heal(): void;
  /** From now on every answer is JSON of another kind. */
  answerNonsense(): void;
  close(): Promise<void>;
}

/** Every `n`-th call of a kind, by a fixed sequence, goes wrong. */
export async function startFaultyProxy(target: string, seed: number): Promise<FaultyProxy> {
  let faulty = true;
  let nonsense = false;
  let faults = 0;
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 16) % 6;
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const body = request.method === "POST" ? Buffer.concat(chunks) : undefined;
    const forward = () =>
      fetch(target + request.url, {
        method: request.method ?? "GET",
        headers: headers as Record<string, string>,
        ...(body && { body }),
      });
    const fault = faulty && request.url !== "/v1/events" ? next() : 5;
    if (fault < 4) faults++;
    try {
      if (fault === 0) return response.destroy(); // the request is lost
      if (fault === 1) await (await forward()).arrayBuffer(); // repeated
      if (request.url === "/v1/events") {
        if (nonsense || faulty) return response.writeHead(404, { "content-type": "application/json" }).end("{}");
        const stream = await forward();
        response.writeHead(stream.status, Object.fromEntries(stream.headers));
        for await (const part of stream.body!) response.write(part);
        return response.end();
      }
      const answer = await forward();
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (fault === 2) return response.destroy(); // the answer is lost
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
      if (nonsense) return response.end('{"hello":"world"}');
      if (fault === 3) {
        response.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
        return response.destroy(); // cut
      }
      response.end(bytes);
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get faults() {
      return faults;
    },
    heal() {
      faulty = false;
    },
    answerNonsense() {
      nonsense = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
