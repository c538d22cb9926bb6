import { randomUUID } from "node:crypto";
import { EventSourceParserStream } from "eventsource-parser/stream";
import * as z from "zod/mini";
import type { GrantDecision } from "../../budget/allowance/grant.ts";
import type { RehearsalSummary } from "../../budget/policyEdit/rehearsal.ts";
import type { PriceList } from "../../prices/rates.ts";
import { baseOf, isProtected } from "../../protocol/address.ts";
import type { Asking, PolicyPush, PolicyPushed, Upload } from "../../protocol/daemon.ts";
import {
  AdvanceOpenedSchema,
  type Doubt,
  DoubtSchema,
  type EventName,
  EventSchemas,
  type Grant,
  GrantSchema,
  type Me,
  MeSchema,
  type OpenAdvance,
  type PolicyVersion,
  PolicyVersionSchema,
  PriceListSchema,
  type Problem,
  ProblemSchema,
  RehearsalSchema,
  type Sync,
  type SyncReply,
  SyncReplySchema,
} from "../../protocol/endpoint.ts";
import {
  type Report,
  type ReportQuery,
  ReportSchema,
  type StoredEntries,
  StoredEntriesSchema,
  type TeamGlance,
  TeamGlanceSchema,
} from "../../protocol/report.ts";

/** The endpoint answered with an error of its own. */
export class EndpointError extends Error {
  readonly status: number;
  /** What is wrong with the message, by JSON pointer into it. */
  readonly faults: NonNullable<Problem["faults"]>;

  constructor(status: number, message: string, faults: NonNullable<Problem["faults"]> = []) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

/** The endpoint answered something that its protocol does not have. */
export class InvalidAnswerError extends Error {}

/** An event of the endpoint's stream, validated. */
export type EndpointEvent = {
  [Name in EventName]: { name: Name; id: string | undefined; data: z.infer<(typeof EventSchemas)[Name]> };
}[EventName];

const READ_TIMEOUT = 10_000;
/** A person waits for these (ms). */
const SEND_TIMEOUT = 5_000;
/** The endpoint goes through all of a team's requests of some months (ms). */
const LONG_TIMEOUT = 30_000;
/** The endpoint sends a comment every 15 s; a stream that is silent for three of them is dead. */
const SILENCE = 45_000;
const UPLOADS_KEPT = 50;
const NEVER = new AbortController().signal;

/**
 * The endpoint's calls over one account's token. Every answer is validated; what left the machine is kept word for word (without
 * the credential) for the person to see.
 */
export class EndpointClient {
  readonly #base: string;
  readonly #token: string;
  readonly #ask: typeof fetch;
  readonly #uploads: Upload[] = [];
  readonly #etags = new Map<string, { etag: string; body: unknown }>();

  /** @throws TypeError when `base` is not https, or http on loopback */
  constructor(base: string, token: string, ask: typeof fetch = fetch) {
    this.#base = checkedBase(base);
    this.#token = token;
    this.#ask = ask;
  }

  get uploads(): readonly Upload[] {
    return this.#uploads;
  }

  me(signal: AbortSignal): Promise<Me> {
    return this.#get("/v1/me", MeSchema, signal);
  }

  policy(signal: AbortSignal): Promise<PolicyVersion> {
    return this.#get("/v1/policy", PolicyVersionSchema, signal);
  }

  prices(signal: AbortSignal): Promise<PriceList> {
    return this.#get("/v1/prices", PriceListSchema, signal);
  }

  /** Opens an advance. `key` makes it safe to repeat. */
  async openAdvance(body: OpenAdvance, key: string = randomUUID()): Promise<string> {
    const headers = { "idempotency-key": key };
    return (await this.#send("POST", "/v1/advances", body, AdvanceOpenedSchema, { headers })).id;
  }

  sync(advance: string, body: Sync): Promise<SyncReply> {
    return this.#send("POST", `/v1/advances/${encodeURIComponent(advance)}/sync`, body, SyncReplySchema);
  }

  /** The newest versions of the policy, newest first. */
  policyVersions(): Promise<PolicyVersion[]> {
    return this.#get("/v1/policy/versions", z.array(PolicyVersionSchema), NEVER);
  }

  /** Tries a policy on the team's past requests. */
  rehearse(policy: unknown): Promise<RehearsalSummary> {
    return this.#send("POST", "/v1/policy/rehearsal", { policy }, RehearsalSchema, { timeout: LONG_TIMEOUT });
  }

  /** Puts a policy in force over a version. */
  async pushPolicy({ policy, note, over }: PolicyPush): Promise<PolicyPushed> {
    try {
      const headers = { "if-match": `"${over}"` };
      const version = await this.#send("PUT", "/v1/policy", { policy, note }, PolicyVersionSchema, { headers });
      return { outcome: "pushed", version };
    } catch (error) {
      if (!(error instanceof EndpointError)) throw error;
      if (error.status === 412) return { outcome: "stale" };
      if (error.status !== 422 || error.faults.length === 0) throw error;
      const inPolicy = error.faults.map((fault) => ({ ...fault, pointer: fault.pointer.replace(/^\/policy/, "") }));
      return { outcome: "invalid", faults: inPolicy };
    }
  }

  /** Asks for more; safe to repeat. */
  askForMore({ id, asked }: Asking): Promise<Grant> {
    return this.#send("POST", "/v1/grants", asked, GrantSchema, { headers: { "idempotency-key": id } });
  }

  /** The person's own requests for more, for a lead the team's. */
  grants(): Promise<Grant[]> {
    return this.#get("/v1/grants", z.array(GrantSchema), NEVER);
  }

  decideGrant(id: string, decision: GrantDecision): Promise<Grant> {
    return this.#send("POST", `/v1/grants/${encodeURIComponent(id)}/${decision}`, {}, GrantSchema);
  }

  report(query: ReportQuery): Promise<Report> {
    return this.#get(`/v1/report?${new URLSearchParams(query)}`, ReportSchema, NEVER, LONG_TIMEOUT);
  }

  teamGlance(): Promise<TeamGlance> {
    return this.#get("/v1/team", TeamGlanceSchema, NEVER, LONG_TIMEOUT);
  }

  doubts(): Promise<Doubt[]> {
    return this.#get("/v1/doubts", z.array(DoubtSchema), NEVER);
  }

  writeOff(advance: string): Promise<Doubt> {
    return this.#send("POST", `/v1/advances/${encodeURIComponent(advance)}/write-off`, {}, DoubtSchema);
  }

  /** The person's own, as they are stored. */
  ownEntries(): Promise<StoredEntries> {
    return this.#get("/v1/entries", StoredEntriesSchema, NEVER);
  }

  /**
   * The event stream, from behind `lastEventId`. Ends when the endpoint ends it.
   * @throws when it cannot be opened, falls silent or breaks
   */
  async *events(lastEventId: string | undefined, signal: AbortSignal): AsyncGenerator<EndpointEvent | "open"> {
    const silence = new AbortController();
    const watchdog = setTimeout(() => silence.abort(new Error("the event stream fell silent")), SILENCE);
    try {
      const headers = { accept: "text/event-stream", ...(lastEventId !== undefined && { "last-event-id": lastEventId }) };
      const response = await this.#fetch("/v1/events", { headers, signal: AbortSignal.any([signal, silence.signal]) });
      if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
        await response.body?.cancel();
        throw new InvalidAnswerError("GET /v1/events did not answer with an event stream");
      }
      yield "open";
      const alive = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          watchdog.refresh();
          controller.enqueue(chunk);
        },
      });
      const stream = response.body
        .pipeThrough(alive)
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const { event, id, data } of stream) {
        if (event !== undefined && event in EventSchemas) yield readEvent(event as EventName, id, data);
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  async #get<T>(path: string, schema: z.ZodMiniType<T>, signal: AbortSignal, timeout = READ_TIMEOUT): Promise<T> {
    const known = this.#etags.get(path);
    const response = await this.#fetch(path, {
      headers: known ? { "if-none-match": known.etag } : {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    });
    if (response.status === 304 && known) return known.body as T;
    const body = await read(`GET ${path}`, response, schema);
    const etag = response.headers.get("etag");
    if (etag) this.#etags.set(path, { etag, body });
    return body;
  }

  async #send<T>(
    method: "POST" | "PUT",
    path: string,
    body: unknown,
    schema: z.ZodMiniType<T>,
    { headers = {}, timeout = SEND_TIMEOUT }: { headers?: Record<string, string>; timeout?: number } = {},
  ): Promise<T> {
    this.#uploads.push({ at: new Date().toISOString(), method, path, body });
    if (this.#uploads.length > UPLOADS_KEPT) this.#uploads.shift();
    const response = await this.#fetch(path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
    });
    return read(`${method} ${path.replace(/\/[^/]*\/sync$/, "/…/sync")}`, response, schema);
  }

  /** @throws EndpointError for every status but 2xx and 304, and what `fetch` throws when there is no answer */
  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.#token}` };
    // A redirect could carry the token elsewhere.
    const response = await this.#ask(this.#base + path, { ...init, headers, redirect: "error" });
    if (response.ok || response.status === 304) return response;
    const problem = ProblemSchema.safeParse(await response.json().catch(() => undefined));
    const words = problem.success ? (problem.data.detail ?? problem.data.title) : `the endpoint answered ${response.status}`;
    throw new EndpointError(response.status, words, problem.data?.faults);
  }
}

/** The base address without a trailing slash. @throws TypeError with what is wrong */
export function checkedBase(address: string): string {
  const url = URL.parse(address);
  if (!url) throw new TypeError(`"${address}" is not an address. It looks like https://budget.example.com`);
  if (!isProtected(url))
    throw new TypeError(
      `${url.protocol}//${url.host} would carry your token unprotected. Use https (http only works on this machine).`,
    );
  if (url.username || url.password) throw new TypeError("Leave names and passwords out of the address.");
  return baseOf(url);
}

async function read<T>(call: string, response: Response, schema: z.ZodMiniType<T>): Promise<T> {
  const body: unknown = await response.json().catch(() => undefined);
  const result = z.safeParse(schema, body);
  if (result.success) return result.data;
  throw new InvalidAnswerError(
    `${call} was answered with something this version does not understand (${describe(result.error)})`,
  );
}

function readEvent(name: EventName, id: string | undefined, data: string): EndpointEvent {
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    throw new InvalidAnswerError(`the event "${name}" is not JSON`);
  }
  const result = z.safeParse(EventSchemas[name] as z.ZodMiniType<unknown>, body);
  if (!result.success) throw new InvalidAnswerError(`the event "${name}" is not understood (${describe(result.error)})`);
  return { name, id, data: result.data } as EndpointEvent;
}

/** Where it does not fit; never what was answered, which may be anything. */
function describe({ issues }: z.core.$ZodError): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join(".") || "body"}: ${message}`)
    .join("; ");
}
