/** So long after a start whoever was signed in before has to come back (ms): their token is with their windows alone. */
const PATIENCE = 5_000;

/**
 * The start of a daemon in the midst of somebody's work, as after a crash: who was signed in is on the way back. Nothing is judged until
 * then, for the rules and the prices are theirs.
 */
export class Returning {
  readonly #over = Promise.withResolvers<void>();
  #tooLate: NodeJS.Timeout | undefined;
  #isMissing: boolean;

  /**
   * @param who was signed in when the last daemon ended; undefined where nobody was
   * @param gone they have not come back in time
   */
  constructor(who: string | undefined, gone: (who: string) => void, patience = PATIENCE) {
    this.#isMissing = who !== undefined;
    const giveUp = () => {
      gone(who!);
      this.#over.resolve();
    };
    if (who === undefined) this.end();
    else this.#tooLate = setTimeout(giveUp, patience).unref();
  }

  /** Resolves when they are back, nobody is expected, or it is too late. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Somebody was signed in, and has not come back yet. */
  get isMissing(): boolean {
    return this.#isMissing;
  }

  /** It is known who is signed in. */
  end(): void {
    this.#isMissing = false;
    clearTimeout(this.#tooLate);
    this.#over.resolve();
  }
}
