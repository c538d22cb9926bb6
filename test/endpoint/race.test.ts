import assert from "node:assert/strict";
import { race } from "../torture/race/race.ts";
import { sharedPostgres } from "./support/stores.ts";

/** A sample of `npm run torture -- race`. */
describe("machines that race for a pool, over two endpoint processes (PostgreSQL)", function () {
  this.timeout(120_000);

  for (const split of [false, true])
    it(`pass its limit by usage above holds alone, are refused only what does not fit, and the books agree to the nano${split ? ", over sub-rows" : ""}`, async () => {
      const options = { seed: 20_261_125, servers: 2, machines: 12, requests: 600, fits: 150, split };
      const { admitted, refused, wrongful, spend, limit, overshoot } = await race(await sharedPostgres(), options);
      assert.ok(admitted > 100 && refused > 200, `${admitted} admitted, ${refused} refused`);
      assert.ok(wrongful <= 6, `${wrongful} refused though the money was there`);
      assert.ok(overshoot > 0n && spend <= limit + overshoot && spend > (limit * 9n) / 10n, `${spend} of ${limit}`);
    });
});
