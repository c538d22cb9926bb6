import { formatAmount } from "../../src/budget/money.ts";
import { startPostgres } from "../endpoint/support/postgres.ts";
import { race } from "./race/race.ts";

/** Of 20,000 requests of 64 machines over 4 endpoint processes the limit fits 5,000; then again over sub-rows. `count` is how many requests. */
export async function torture({
  seed,
  count = 20_000,
  log,
}: {
  seed: number;
  count?: number;
  log: (line: string) => void;
}): Promise<void> {
  const postgres = await startPostgres();
  try {
    for (const split of [false, true]) {
      const options = { seed, servers: 4, machines: 64, requests: count, fits: Math.ceil(count / 4), split };
      const { admitted, refused, wrongful, limit, spend, overshoot, looks } = await race(postgres, options);
      log(
        `${split ? "over sub-rows: " : ""}${admitted} admitted, ${refused} refused, ${wrongful} of them though the money was there; the pool was looked at ${looks} times`,
      );
      log(
        `$${formatAmount(spend)} of $${formatAmount(limit)} spent, $${formatAmount(overshoot)} above holds; the books agree to the nano`,
      );
      if (wrongful > 0.01 * count) throw new Error(`${wrongful} requests were refused though the money was there`);
    }
  } finally {
    await postgres.stop();
  }
}
