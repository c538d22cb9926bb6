import type { Usage } from "./usage.ts";

/** What an answer, whole or streamed, tells of itself. */
export interface Answer {
  /** The provider's id of the request. */
  id?: string;
  /** The model that answered, as the provider names it. */
  model?: string;
  serviceTier?: string;
  /** Anthropic's `fast` mode, which has prices of its own. */
  speed?: string;
  /** Why it ended, in the API's own word. */
  finishReason?: string;
  /** Undefined where the server does not tell, or the stream was cut before it did. Of a cut stream: what was counted so far. */
  usage?: Usage;
  /** What other models used on this request's behalf; it is billed at their rates and is not in `usage`. */
  others?: { model: string; usage: Usage }[];
  /** The stream ended before the answer did: nobody knows what it would have used. */
  cut: boolean;
}

/** What an event adds to the answer. `toolCall` pieces with one `index` belong together; their arguments concatenate. */
export type StreamDelta =
  | { kind: "text"; text: string }
  /** What the model writes for itself: thoughts, calls of the server's own tools. Output like any other, but not for the reader. */
  | { kind: "reasoning"; text: string }
  | { kind: "toolCall"; index: number; id?: string; name?: string; arguments: string }
  | { kind: "error"; message: string };

/** Reads one answer's stream. */
export interface StreamReader {
  /** Takes one event's parsed `data` (not a closing `[DONE]`). @throws TypeError when it is no event of this API */
  read(data: unknown): StreamDelta[];
  /** What is known so far; call it when the stream has ended. */
  end(): Answer;
}
