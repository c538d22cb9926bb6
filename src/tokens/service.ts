import type { Counter } from "./counter.ts";
import { createDocumentCounter, type DocumentCounter, type TextChange } from "./document.ts";
import type { EncodingName } from "./encoding.ts";

/**
 * What a thread that counts is asked. Each is answered in order by a `CountReply` with the same `seq`. Long texts come in parts, so that no
 * request keeps others waiting: to be counted, cut at boundaries (`nextBoundary`); a document, as changes at its end after `open`.
 */
export type CountRequest = { seq: number } & (
  | { kind: "count"; encoding: EncodingName; text: string }
  | { kind: "open"; document: string; encoding: EncodingName; text: string }
  | { kind: "change"; document: string; changes: TextChange[] }
  /** The tokens of ranges of a document, each `[start, end)` and taken alone. */
  | { kind: "ranges"; document: string; ranges: { start: number; end: number }[] }
  | { kind: "close"; document: string }
);

/** Tokens of the text, of the whole document, or of all ranges together (0 after `close`); `each` of the ranges, in their order. */
export interface Count {
  tokens: number;
  each?: number[];
}

/** `error` when the document is not open. */
export type CountReply = ({ seq: number } & Count) | { seq: number; error: string };

/** A counter that megabytes of unbroken text have made larger than this is given up when nothing is open: it is soon loaded again. */
const LARGE = 64 << 20;

/** Counts for another thread: keeps the open documents and loads each table on first use. */
export function createCountingService(
  load: (encoding: EncodingName) => Promise<Counter>,
): (request: CountRequest) => Promise<CountReply> {
  const counters = new Map<EncodingName, Promise<Counter>>();
  const documents = new Map<string, DocumentCounter>();
  let queue: Promise<unknown> = Promise.resolve();

  function counterFor(encoding: EncodingName): Promise<Counter> {
    const loading = counters.get(encoding) ?? load(encoding);
    counters.set(encoding, loading);
    loading.catch(() => counters.delete(encoding)); // a later request tries again
    return loading;
  }

  async function answer(request: CountRequest): Promise<Count> {
    switch (request.kind) {
      case "count":
        return { tokens: (await counterFor(request.encoding)).count(request.text) };
      case "open": {
        const document = createDocumentCounter(await counterFor(request.encoding), request.text);
        documents.set(request.document, document);
        return { tokens: document.total() };
      }
      case "change": {
        const document = opened(request.document);
        document.apply(request.changes);
        return { tokens: document.total() };
      }
      case "ranges": {
        const document = opened(request.document);
        const each = request.ranges.map(({ start, end }) => document.count(start, end));
        return { tokens: each.reduce((total, tokens) => total + tokens, 0), each };
      }
      case "close":
        documents.delete(request.document);
        if (documents.size === 0) await dropLarge();
        return { tokens: 0 };
    }
  }

  function opened(id: string): DocumentCounter {
    const document = documents.get(id);
    if (!document) throw new Error(`not open: ${id}`);
    return document;
  }

  async function dropLarge(): Promise<void> {
    for (const [encoding, loading] of counters) if ((await loading).memory > LARGE) counters.delete(encoding);
  }

  return (request) => {
    const reply = queue
      .then(() => answer(request))
      .then(
        (count): CountReply => ({ seq: request.seq, ...count }),
        (error: unknown): CountReply => ({ seq: request.seq, error: error instanceof Error ? error.message : String(error) }),
      );
    queue = reply;
    return reply;
  };
}
