import { REFUSAL_CODE, type Refusal, type RefusalEvent, type RefusalResponse, refusal400 } from "../refusal.ts";

/**
 * Refusals in the form of Google's errors (google.rpc.Status as JSON): 400 with `FAILED_PRECONDITION`, whose HTTP status that is. `RESOURCE_EXHAUSTED`
 * would be 429, which clients try again.
 */
export function refuseGemini({ message }: Refusal): RefusalResponse {
  return refusal400(errorBody(message));
}

/** In the midst of a stream: a chunk with an `error`, at which the official SDK throws. */
export function refuseGeminiStream({ message }: Refusal): RefusalEvent[] {
  return [{ data: errorBody(message) }];
}

function errorBody(message: string): object {
  const info = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: REFUSAL_CODE.toUpperCase(),
    domain: "token-budget",
  };
  return { error: { code: 400, message, status: "FAILED_PRECONDITION", details: [info] } };
}
