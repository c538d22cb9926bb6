import pg from "pg";

/** Looks at a team's pool again and again while others race for it: spend and held may pass its limit by the overshoot alone. */
export class PoolWatch {
  readonly #client: pg.Client;
  #looks = 0;
  #stopped = false;
  readonly #watching: Promise<void>;

  private constructor(client: pg.Client) {
    this.#client = client;
    this.#watching = this.#watch();
    this.#watching.catch(() => {}); // told at the end
  }

  /** @returns how often it looked @throws Error when a look saw too much */
  static async during(url: string, work: () => Promise<void>): Promise<number> {
    const watch = new PoolWatch(new pg.Client({ connectionString: url }));
    try {
      await work();
    } finally {
      watch.#stopped = true;
      await watch.#watching;
    }
    return watch.#looks;
  }

  async #watch(): Promise<void> {
    await this.#client.connect();
    try {
      while (!this.#stopped) {
        const { rows } = await this.#client.query<{ beyond: string }>(
          `select spend + held - overshoot - "limit" as beyond from whole_allowance where rule = 'pool'`,
        );
        for (const { beyond } of rows)
          if (BigInt(beyond) > 0n) throw new Error(`the pool was granted ${beyond} beyond its limit`);
        this.#looks++;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } finally {
      await this.#client.end();
    }
  }
}
