/** What came of one call among several. */
export type Result<T> = { answer: T } | { error: unknown };

export interface QueueOptions<Call, Answer> {
  /** Does several calls of one name together: all of them, or (when it throws) none. */
  work: (name: string, calls: readonly Call[]) => Promise<Result<Answer>[]>;
  /** Whether what `work` threw may be the fault of a single call, so that the others are worth another try without it. */
  isOneCalls: (error: unknown) => boolean;
}

/** At most so many calls are done together: more gain little, and each waits for the last. */
const MOST_TOGETHER = 64;

/**
 * Does calls of one name one batch after the other, each with all that arrived meanwhile: under load a batch is large and its fixed
 * costs are shared, without load a call waits for nobody. Names do not wait for each other.
 */
export class Queue<Call, Answer> {
  readonly #options: QueueOptions<Call, Answer>;
  readonly #waiting = new Map<string, { call: Call; settle: (result: Result<Answer>) => void }[]>();

  constructor(options: QueueOptions<Call, Answer>) {
    this.#options = options;
  }

  /** Resolves when the call's batch is done, rejects with the call's own error, or with the batch's. */
  async add(name: string, call: Call): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Result<Answer>>();
    const waiting = this.#waiting.get(name);
    if (waiting) waiting.push({ call, settle: resolve });
    else {
      this.#waiting.set(name, [{ call, settle: resolve }]);
      void this.#drain(name);
    }
    const result = await promise;
    if ("answer" in result) return result.answer;
    throw result.error;
  }

  async #drain(name: string): Promise<void> {
    for (let waiting = this.#waiting.get(name)!; waiting.length > 0; ) {
      const batch = waiting.splice(0, MOST_TOGETHER);
      const results = await this.#do(
        name,
        batch.map(({ call }) => call),
      );
      for (const [i, { settle }] of batch.entries()) settle(results[i]!);
    }
    this.#waiting.delete(name);
  }

  /** A batch that fails is halved until the call is found whose fault that is. */
  async #do(name: string, calls: readonly Call[]): Promise<Result<Answer>[]> {
    try {
      return await this.#options.work(name, calls);
    } catch (error) {
      if (calls.length === 1 || !this.#options.isOneCalls(error)) return calls.map(() => ({ error }));
      const half = calls.length >> 1;
      return [...(await this.#do(name, calls.slice(0, half))), ...(await this.#do(name, calls.slice(half)))];
    }
  }
}
