import assert from "node:assert/strict";
import fc from "fast-check";
import { convertPrice, picoPerToken } from "./convert.ts";

describe("converting a catalogue's price", () => {
  it("goes by digits, without drift, and refuses what is not a whole pico-dollar", () => {
    for (const [usd, pico] of [
      [0.15, "150000"],
      [2.5, "2500000"],
      [0.003625, "3625"],
      [0.1, "100000"],
      [0.0028, "2800"],
      [18.75, "18750000"],
      [0, "0"],
      [600, "600000000"],
    ] as const)
      assert.equal(picoPerToken(usd), pico);
    assert.throws(() => picoPerToken(0.0000001), RangeError);
  });

  it("is the decimal times a million, for every price of up to six decimals", () => {
    fc.assert(fc.property(fc.nat(999_999_999), (micro) => assert.equal(picoPerToken(micro / 1e6), String(micro))));
  });

  it("believes no price of 0, and none by the request", () => {
    assert.equal(convertPrice({ input_mtok: 0, output_mtok: 1 }, 0), undefined);
    assert.equal(convertPrice({ input_mtok: 1 }, 0), undefined);
    assert.equal(convertPrice({ input_mtok: 1, output_mtok: 1, requests_kcount: 1 }, 0), undefined);
  });

  it("takes hours that go over midnight", () => {
    const price = (input: number) => ({ input_mtok: input, output_mtok: input });
    const night = { start_time: "22:30:00Z", end_time: "06:00:00Z" };
    const converted = convertPrice([{ prices: price(1) }, { constraint: night, prices: price(2) }], 0);
    assert.deepEqual(
      converted?.hours?.map(({ from, to, rates }) => [from, to, rates.input]),
      [
        ["00:00", "06:00", "2000000"],
        ["06:00", "22:30", "1000000"],
        ["22:30", "24:00", "2000000"],
      ],
    );
  });
});
