import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "../service.ts";
import { newSecret, savedPlace, savePlace, type TelemetryPlace } from "./telemetryPlace.ts";

/** More of one message is not read (bytes): an assistant's spans carry its prompts, whatever its settings say. */
const MOST_BYTES = 32 << 20;
/** So many messages are read at once; more are told to come later. */
const MOST_AT_ONCE = 4;
/** How many ports after the usual one are tried where that is taken. */
const MORE_PORTS = 20;

export interface ReceiverParts {
  stateDirectory: string;
  log: Log;
  /** Takes a message with spans; what it is made of. Never throws for what is in it. */
  traces(body: Buffer, contentType: string): void;
  /** Other telemetry came. */
  seen(): void;
}

/**
 * Listens for OTLP over HTTP on loopback. Traces are handed on; the bodies of all else are dropped unread. Who does not know the secret path
 * gets nothing.
 */
export class Receiver {
  readonly #parts: ReceiverParts;
  #place: TelemetryPlace | undefined;
  #server: Server | undefined;
  #opening: Promise<TelemetryPlace> | undefined;
  #reading = 0;
  #closed = false;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    if (savedPlace(parts.stateDirectory)) this.open().catch((error) => parts.log(`telemetry: ${error.message}`));
  }

  /** Where it listens; undefined while it does not. */
  get port(): number | undefined {
    return this.#server && this.#place?.port;
  }

  /** Listens, at the place of the last time where that is free. @throws Error, for people, where it cannot */
  open(): Promise<TelemetryPlace> {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => {});
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #open(): Promise<TelemetryPlace> {
    const { stateDirectory, log } = this.#parts;
    const saved = savedPlace(stateDirectory);
    const ports = saved
      ? Array.from({ length: MORE_PORTS }, (_, index) => saved.port + index).filter((port) => port < 65_536)
      : [];
    for (const port of [...ports, 0]) {
      const server = await this.#listen(port);
      if (!server) continue;
      if (this.#closed) {
        server.close();
        throw new Error("Token Budget is closing");
      }
      const place = { port: (server.address() as AddressInfo).port, secret: saved?.secret ?? newSecret() };
      if (saved && place.port !== saved.port) log(`telemetry: port ${saved.port} is taken, so ${place.port} is used from now on`);
      this.#server = server;
      this.#place = place;
      savePlace(stateDirectory, place);
      return place;
    }
    throw new Error("no port of this machine is free for telemetry");
  }

  /** Undefined where the port is taken. */
  #listen(port: number): Promise<Server | undefined> {
    const server = createServer((request, response) => this.#answer(request, response));
    server.requestTimeout = 30_000;
    server.on("clientError", (_, socket) => socket.destroy());
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        ["EADDRINUSE", "EACCES"].includes(error.code ?? "") ? resolve(undefined) : reject(error),
      );
      server.listen(port, "127.0.0.1", () => {
        server.removeAllListeners("error");
        server.on("error", (error) => this.#parts.log(`telemetry: ${error.message}`));
        resolve(server);
      });
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.on("error", () => {}); // who hung up has told us nothing
    const prefix = `/${this.#place?.secret}/v1/`;
    const path = (request.url ?? "").split("?")[0]!;
    const signal = path.startsWith(prefix) ? path.slice(prefix.length) : "";
    const isTelemetry = request.method === "POST" && ["traces", "metrics", "logs"].includes(signal);
    const type = request.headers["content-type"] ?? "";
    if (isTelemetry) this.#parts.seen();
    if (!isTelemetry) refuse(request, response, 404);
    else if (signal !== "traces") {
      request.resume();
      succeed(response, type);
    } else if (request.headers["content-encoding"]) refuse(request, response, 415);
    else if (this.#reading >= MOST_AT_ONCE) refuse(request, response, 503);
    else void this.#read(request, response, type);
  }

  async #read(request: IncomingMessage, response: ServerResponse, type: string): Promise<void> {
    this.#reading++;
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MOST_BYTES) return refuse(request, response, 413);
        chunks.push(chunk);
      }
      this.#parts.traces(Buffer.concat(chunks), type);
      succeed(response, type);
    } catch {
      response.destroy(); // it hung up
    } finally {
      this.#reading--;
    }
  }
}

/** All was taken: an empty message of the protocol's. */
function succeed(response: ServerResponse, type: string): void {
  const isJson = type.includes("json");
  response.writeHead(200, { "content-type": isJson ? "application/json" : "application/x-protobuf" }).end(isJson ? "{}" : "");
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.resume();
  response.writeHead(status, { connection: "close" }).end();
}
