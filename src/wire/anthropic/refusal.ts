import { type Refusal, type RefusalClient, type RefusalEvent, type RefusalResponse, refusal400 } from "../refusal.ts";

/** Refusals in the form of Anthropic's errors: `{"type":"error","error":{"type","message"}}` (platform.claude.com, api/errors). */

/**
 * A limit that an organization set itself is 400 `invalid_request_error` at Anthropic's own API, which no client tries again. Claude Code
 * tries another model after a 400; the form that it knows for a limit is that of the gateway for Claude's apps (claude-apps-gateway-spend-limits):
 * 429 `billing_error` with `x-should-retry: false`, and the seconds to the reset in `retry-after`. It shows the message as it is.
 */
export function refuseAnthropic({ message, retryAfter }: Refusal, client?: RefusalClient): RefusalResponse {
  if (client !== "claude-code") return refusal400(errorBody("invalid_request_error", message));
  const plain = refusal400(errorBody("billing_error", message));
  const wait = retryAfter !== undefined && { "retry-after": String(Math.max(1, Math.ceil(retryAfter))) };
  return { ...plain, status: 429, headers: { ...plain.headers, ...wait } };
}

/** In the midst of a stream: an `error` event. Clients keep what came before; Claude Code sends again only what broke before its first block was whole. */
export function refuseAnthropicStream({ message }: Refusal): RefusalEvent[] {
  return [{ event: "error", data: errorBody("billing_error", message) }];
}

function errorBody(type: string, message: string): object {
  return { type: "error", error: { type, message } };
}
