import assert from "node:assert/strict";
import { load, namesIn } from "./bench/modules.ts";
import { median, medianTimes, row, tableOf } from "./bench/row.ts";

describe("bench", () => {
  it("compares with the best peer, and judges the goal", () => {
    const faster = row({
      name: "count 1 MB",
      unit: "ms",
      ours: 10,
      peers: { slow: 100, quick: 25 },
      better: "less",
      goal: { of: "ratio", op: ">=", value: 2 },
    });
    assert.deepEqual([faster.ratio, faster.met], [2.5, true]);
    const more = row({
      name: "rate",
      unit: "MB/s",
      ours: 10,
      peers: { a: 20 },
      better: "more",
      goal: { of: "ratio", op: ">=", value: 1 },
    });
    assert.deepEqual([more.ratio, more.met], [0.5, false]);
    const alone = row({ name: "load", unit: "ms", ours: 4, peers: {}, better: "less", goal: { of: "ours", op: "<=", value: 5 } });
    assert.deepEqual([alone.ratio, alone.met], [undefined, true]);
    assert.equal("met" in row({ name: "x", unit: "ms", ours: 1, peers: {}, better: "less" }), false);
  });

  it("shows the ratio first, and what was missed", () => {
    const rows = [
      row({
        name: "count",
        unit: "ms",
        ours: 1234.5,
        peers: { tiktoken: 2469 },
        better: "less",
        goal: { of: "ratio", op: ">=", value: 3 },
      }),
      row({ name: "open", unit: "us", ours: 0.01234, peers: {}, better: "less" }),
    ];
    assert.equal(
      tableOf(rows),
      [
        "ratio  what   unit    ours  tiktoken  goal",
        "   2x  count  ms     1,235     2,469  ratio >= 3: MISSED",
        "       open   us    0.0123         -",
      ].join("\n"),
    );
  });

  it("takes medians, of interleaved runs without the first", async () => {
    assert.equal(median([5, 1, 3]), 3);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.throws(() => median([]), RangeError);
    const order: string[] = [];
    const times = await medianTimes({ a: (round) => order.push(`a${round}`), b: async (round) => order.push(`b${round}`) }, 2);
    assert.deepEqual(order, ["a0", "b0", "a1", "b1", "a2", "b2"]);
    assert.deepEqual(Object.keys(times), ["a", "b"]);
  });

  it("says what there is when asked for what is not", async () => {
    assert.deepEqual(namesIn("test/nothing"), []);
    await assert.rejects(load("test/bench", "../../package", "bench"), /There is no test\/bench/);
  });
});
