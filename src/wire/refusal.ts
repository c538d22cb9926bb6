/** A refusal to be told in an API's own form. */
export interface Refusal {
  /** For people, as plain text: clients show it as it is. */
  message: string;
  /** Seconds until it may be tried again with success, where waiting helps. */
  retryAfter?: number;
}

/** Clients that want a form of their own. */
export type RefusalClient = "claude-code";

/** The HTTP response that refuses a request before anything of the answer is sent. */
export interface RefusalResponse {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** To be sent as JSON. */
  body: object;
}

/** One server-sent event. */
export interface RefusalEvent {
  /** Its `event:` line; absent: none. */
  event?: string;
  /** To be sent as JSON in its `data:` line. */
  data: object;
}

/** Where in a stream a refusal comes: what its events must repeat. */
export interface StreamPlace {
  /** The id and the model that the stream has named so far. */
  id?: string;
  model?: string;
  /** The number after the last event's, in APIs that number them. */
  sequence?: number;
}

/** Names the cause for programs, in every API's form. */
export const REFUSAL_CODE = "spend_limit_reached";

/**
 * 400 with `x-should-retry: false` is what no client of these APIs tries again, and whose text all of them show: the official SDKs
 * go by the header, Codex, Gemini CLI and others by the status (429 and 5xx are retried for minutes, some sleep through `retry-after`).
 */
export function refusal400(body: object): RefusalResponse {
  return { status: 400, headers: { "content-type": "application/json", "x-should-retry": "false" }, body };
}
