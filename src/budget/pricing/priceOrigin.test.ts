import assert from "node:assert/strict";
import { inEnglish } from "../message.ts";
import { originOf } from "./priceOrigin.ts";

const policy = { version: 7, createdAt: "2026-11-02T08:00:00Z" };
const bundled = { catalogue: "bundled", asOf: "2026-09-23" } as const;
const refreshed = { catalogue: "refreshed", asOf: "2026-11-20" } as const;

describe("where a price comes from", () => {
  for (const [source, list, expected, asOf, words] of [
    ["catalogue", bundled, "bundled", "2026-09-23", "catalogue of 2026-09-23"],
    ["catalogue", refreshed, "refreshed", "2026-11-20", "catalogue refreshed on 2026-11-20"],
    ["policy", refreshed, "policy", "2026-11-02", "policy 7 of 2026-11-02"],
    ["local", bundled, "local", "2026-11-02", "your own model"],
    ["plan", bundled, "plan", "2026-11-02", "flat-rate plan"],
  ] as const)
    it(`is said, with its date: ${words}`, () => {
      const origin = originOf(source, list, policy);
      assert.deepEqual([origin.source, origin.asOf, inEnglish(origin.text)], [expected, asOf, words]);
    });

  it("has no date where a person's own word is all there is", () => {
    assert.equal(originOf("plan", bundled, { version: 0, createdAt: new Date(0).toISOString() }).asOf, undefined);
  });
});
