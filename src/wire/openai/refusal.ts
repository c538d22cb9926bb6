import { REFUSAL_CODE, type Refusal, type RefusalEvent, type RefusalResponse, refusal400, type StreamPlace } from "../refusal.ts";

/** Refusals in the form of OpenAI's errors: `{"error":{"message","type","param","code"}}` (npm `openai` 6.49, resources/shared.d.ts). */

export function refuseOpenAi({ message }: Refusal): RefusalResponse {
  return refusal400(errorBody(message));
}

/** In the midst of a chat stream: a chunk with an `error`, at which the official SDKs throw. */
export function refuseChatStream({ message }: Refusal): RefusalEvent[] {
  return [{ data: errorBody(message) }];
}

/**
 * In the midst of a Responses stream: `response.failed`. Its code is `insufficient_quota`, for Codex sends the whole request again
 * after any other but that and `context_length_exceeded` (codex-api/src/sse/responses.rs); it shows a text of its own for it.
 */
export function refuseResponsesStream(
  { message }: Refusal,
  { id = "resp_refused", model = "", sequence = 0 }: StreamPlace = {},
): RefusalEvent[] {
  const error = { code: "insufficient_quota", message };
  const response = { id, object: "response", status: "failed", error, incomplete_details: null, model, output: [], usage: null };
  return [{ event: "response.failed", data: { type: "response.failed", sequence_number: sequence, response } }];
}

function errorBody(message: string): object {
  return { error: { message, type: "invalid_request_error", param: null, code: REFUSAL_CODE } };
}
