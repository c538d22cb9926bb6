import type { Answer, StreamReader } from "./answer.ts";
import { createAnthropicStreamReader, readAnthropicAnswer } from "./anthropic/answer.ts";
import { refuseAnthropic, refuseAnthropicStream } from "./anthropic/refusal.ts";
import { readAnthropicRequest } from "./anthropic/request.ts";
import { createGeminiStreamReader, readGeminiAnswer } from "./gemini/answer.ts";
import { refuseGemini, refuseGeminiStream } from "./gemini/refusal.ts";
import { readGeminiRequest } from "./gemini/request.ts";
import { createChatStreamReader, readChatAnswer } from "./openai/chatAnswer.ts";
import { readChatRequest } from "./openai/chatRequest.ts";
import { refuseChatStream, refuseOpenAi, refuseResponsesStream } from "./openai/refusal.ts";
import { createResponsesStreamReader, readResponsesAnswer } from "./openai/responsesAnswer.ts";
import { readResponsesRequest } from "./openai/responsesRequest.ts";
import type { Refusal, RefusalClient, RefusalEvent, RefusalResponse, StreamPlace } from "./refusal.ts";
import type { ApiName, RequestHint, WireRequest } from "./request.ts";

/** One API: how its requests and answers are read, and how it refuses. */
export interface WireApi {
  /** Reads a parsed JSON body; `hint` has what stands in the URL. @throws TypeError when it is no request of this API */
  readRequest(body: unknown, hint?: RequestHint): WireRequest;
  /** Reads the whole answer of a request that did not stream. @throws TypeError when it is no answer of this API */
  readAnswer(body: unknown): Answer;
  /** A reader for one answer's stream. */
  createStreamReader(): StreamReader;
  /** Refuses before anything of the answer was sent. */
  refuse(refusal: Refusal, client?: RefusalClient): RefusalResponse;
  /** Refuses in the midst of a stream, which ends with these events. */
  refuseStream(refusal: Refusal, place?: StreamPlace): RefusalEvent[];
}

/** All APIs by name. */
export const wireApis: Readonly<Record<ApiName, WireApi>> = {
  "openai-chat": {
    readRequest: readChatRequest,
    readAnswer: readChatAnswer,
    createStreamReader: createChatStreamReader,
    refuse: refuseOpenAi,
    refuseStream: refuseChatStream,
  },
  "openai-responses": {
    readRequest: readResponsesRequest,
    readAnswer: readResponsesAnswer,
    createStreamReader: createResponsesStreamReader,
    refuse: refuseOpenAi,
    refuseStream: refuseResponsesStream,
  },
  "anthropic-messages": {
    readRequest: readAnthropicRequest,
    readAnswer: readAnthropicAnswer,
    createStreamReader: createAnthropicStreamReader,
    refuse: refuseAnthropic,
    refuseStream: refuseAnthropicStream,
  },
  "gemini-generate-content": {
    readRequest: readGeminiRequest,
    readAnswer: readGeminiAnswer,
    createStreamReader: createGeminiStreamReader,
    refuse: refuseGemini,
    refuseStream: refuseGeminiStream,
  },
};
