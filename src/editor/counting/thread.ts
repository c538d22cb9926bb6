import { Worker } from "node:worker_threads";
import { nextBoundary } from "../../tokens/boundary.ts";
import type { ReadTokenFile } from "../../tokens/counter.ts";
import type { EncodingName } from "../../tokens/encoding.ts";
import type { Count, CountReply, CountRequest } from "../../tokens/service.ts";
import { countHere } from "./here.ts";

/** A request without the number by which its answer is known. */
export type Question = CountRequest extends infer R ? (R extends { seq: number } ? Omit<R, "seq"> : never) : never;

/** How a count in parts goes on. */
export interface CountOptions {
  /** Aborting it stops the count after the part that is being counted. */
  signal?: AbortSignal;
  /** How much is counted, 0..1, after each part. */
  onProgress?: (share: number) => void;
}

/** What a thread that counts is started from. */
export interface CountThreadParts {
  /** The thread's script. */
  script: string;
  /** The folder of what it needs (`dist/tokens`). */
  tokenFolder: string;
  /** Reads from that folder, where no thread can be started. */
  readTokenFile: ReadTokenFile;
  log: (line: string) => void;
}

/** Characters of a part: counted in a few milliseconds, and handed over in less. */
export const PART = 1 << 18;

interface Waiting {
  resolve(count: Count): void;
  reject(error: Error): void;
}

/** The thread that counts: started by the first question. Where none can be started, this process counts, in small steps. */
export class CountThread {
  private readonly parts: CountThreadParts;
  private readonly waiting = new Map<number, Waiting>();
  private seq = 0;
  private worker: Worker | undefined;
  private here: ((request: CountRequest) => Promise<CountReply>) | undefined;
  private disposed = false;
  /** Counts up with every thread: documents that were opened in an earlier one are not open in this. */
  generation = 0;

  constructor(parts: CountThreadParts) {
    this.parts = parts;
  }

  /**
   * Tokens of a text, part by part, so that neither thread is long at one thing.
   * @throws what `ask` throws, and the signal's reason
   */
  async count(encoding: EncodingName, text: string, { signal, onProgress }: CountOptions = {}): Promise<number> {
    let tokens = 0;
    for (let start = 0; start < text.length; ) {
      signal?.throwIfAborted();
      const end = nextBoundary(encoding, text, start + PART);
      tokens += await this.ask({ kind: "count", encoding, text: text.slice(start, end) });
      start = end;
      onProgress?.(start / text.length);
    }
    return tokens;
  }

  /** The tokens that were asked for, all together. @throws when the thread ended before it answered, or does not know the document */
  async ask(question: Question): Promise<number> {
    return (await this.answer(question)).tokens;
  }

  /** The tokens of each of a document's ranges. @throws what `ask` throws */
  async askEach(question: Extract<Question, { kind: "ranges" }>): Promise<number[]> {
    return (await this.answer(question)).each ?? [];
  }

  private async answer(question: Question): Promise<Count> {
    const request = { ...question, seq: ++this.seq };
    const here = this.here;
    if (here) return countIn(await here(request));
    try {
      return await this.askWorker(request);
    } catch (error) {
      return await this.askHere(request, error);
    }
  }

  dispose(): void {
    this.disposed = true;
    void this.worker?.terminate();
  }

  /** The second try of a question that found no thread to start. */
  private async askHere(request: CountRequest, error: unknown): Promise<Count> {
    if (!this.here) throw error;
    return countIn(await this.here(request));
  }

  private askWorker(request: CountRequest): Promise<Count> {
    if (this.disposed) throw new Error("The counting thread has ended.");
    const worker = this.worker ?? this.start();
    return new Promise((resolve, reject) => {
      this.waiting.set(request.seq, { resolve, reject });
      worker.postMessage(request);
    });
  }

  private start(): Worker {
    const worker = new Worker(this.parts.script, { workerData: this.parts.tokenFolder });
    worker.unref();
    let answered = false;
    worker.on("message", (reply: CountReply) => {
      answered = true;
      const waiting = this.waiting.get(reply.seq);
      this.waiting.delete(reply.seq);
      if ("error" in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply);
    });
    worker.on("error", (error: Error) => {
      this.parts.log(`The counting thread failed: ${error.message}`);
      if (answered || this.disposed) return;
      this.here = countHere(this.parts.readTokenFile);
      this.generation++;
    });
    worker.on("exit", () => this.ended(worker));
    this.generation++;
    this.worker = worker;
    return worker;
  }

  private ended(worker: Worker): void {
    if (this.worker === worker) this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(new Error("The counting thread has ended."));
    this.waiting.clear();
  }
}

function countIn(reply: CountReply): Count {
  if ("error" in reply) throw new Error(reply.error);
  return reply;
}
