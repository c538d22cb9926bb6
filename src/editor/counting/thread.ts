import { Worker } from "node:worker_threads";
import type { CountReply, CountRequest } from "../../tokens/service.ts";
import { countHere } from "./here.ts";

/** A request without the number by which its answer is known. */
export type Question = CountRequest extends infer R ? (R extends { seq: number } ? Omit<R, "seq"> : never) : never;

interface Waiting {
  resolve(tokens: number): void;
  reject(error: Error): void;
}

/** The thread that counts: started by the first question. Where none can be started, this process counts, in small steps. */
export class CountThread {
  private readonly script: string;
  private readonly log: (line: string) => void;
  private readonly waiting = new Map<number, Waiting>();
  private seq = 0;
  private worker: Worker | undefined;
  private here: ((request: CountRequest) => Promise<CountReply>) | undefined;
  private disposed = false;
  /** Counts up with every thread: documents that were opened in an earlier one are not open in this. */
  generation = 0;

  constructor(script: string, log: (line: string) => void) {
    this.script = script;
    this.log = log;
  }

  /** @throws when the thread ended before it answered, or does not know the document */
  async ask(question: Question): Promise<number> {
    const request = { ...question, seq: ++this.seq };
    const here = this.here;
    if (here) return tokensOf(await here(request));
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
  private async askHere(request: CountRequest, error: unknown): Promise<number> {
    if (!this.here) throw error;
    return tokensOf(await this.here(request));
  }

  private askWorker(request: CountRequest): Promise<number> {
    if (this.disposed) throw new Error("The counting thread has ended.");
    const worker = this.worker ?? this.start();
    return new Promise((resolve, reject) => {
      this.waiting.set(request.seq, { resolve, reject });
      worker.postMessage(request);
    });
  }

  private start(): Worker {
    const worker = new Worker(this.script);
    worker.unref();
    let answered = false;
    worker.on("message", (reply: CountReply) => {
      answered = true;
      const waiting = this.waiting.get(reply.seq);
      this.waiting.delete(reply.seq);
      if ("error" in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.tokens);
    });
    worker.on("error", (error: Error) => {
      this.log(`The counting thread failed: ${error.message}`);
      if (answered || this.disposed) return;
      this.here = countHere();
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

function tokensOf(reply: CountReply): number {
  if ("error" in reply) throw new Error(reply.error);
  return reply.tokens;
}
