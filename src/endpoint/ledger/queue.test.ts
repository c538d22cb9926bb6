import assert from "node:assert/strict";
import { Queue, type Result } from "./queue.ts";

/** A queue of numbers whose batches are done when the test says so. */
function underTest(work?: (calls: readonly number[]) => Result<number>[]) {
  const batches: { name: string; calls: readonly number[] }[] = [];
  const gates: (() => void)[] = [];
  const queue = new Queue<number, number>({
    work: async (name, calls) => {
      batches.push({ name, calls });
      await new Promise<void>((resolve) => gates.push(resolve));
      return work?.(calls) ?? calls.map((call) => ({ answer: 10 * call }));
    },
    isOneCalls: (error) => error instanceof RangeError,
  });
  /** Lets the batches end that have begun, and those that begin then, until none is left. */
  const finish = async () => {
    while (gates.length > 0) {
      gates.shift()!();
      await new Promise(setImmediate);
    }
  };
  return { queue, batches, finish };
}

describe("a queue of calls that are done together", () => {
  it("does one at once, then all that arrived meanwhile, each with its own answer", async () => {
    const { queue, batches, finish } = underTest();
    const answers = Promise.all([1, 2, 3, 4].map((call) => queue.add("team", call)));
    await finish();
    assert.deepEqual(await answers, [10, 20, 30, 40]);
    assert.deepEqual(
      batches.map(({ calls }) => calls),
      [[1], [2, 3, 4]],
    );
  });

  it("lets no name wait for another, and bounds a batch", async () => {
    const { queue, batches, finish } = underTest();
    const calls = Array.from({ length: 131 }, (_, i) => i);
    const answers = Promise.all([...calls.map((call) => queue.add("large", call)), queue.add("small", 7)]);
    assert.deepEqual(batches, [
      { name: "large", calls: [0] },
      { name: "small", calls: [7] },
    ]);
    await finish();
    assert.deepEqual((await answers).slice(-2), [1300, 70]);
    assert.deepEqual(
      batches.slice(2).map((batch) => batch.calls.length),
      [64, 64, 2],
    );
  });

  it("finds the call by whose fault a batch fails, and answers the others", async () => {
    const { queue, finish } = underTest((calls) => {
      if (calls.includes(5)) throw new RangeError("five");
      return calls.map((call) => (call === 3 ? { error: new Error("three") } : { answer: call }));
    });
    const settled = Promise.allSettled([0, 1, 2, 3, 4, 5, 6, 7].map((call) => queue.add("team", call)));
    await finish();
    assert.deepEqual(
      (await settled).map((one) => (one.status === "fulfilled" ? one.value : (one.reason as Error).message)),
      [0, 1, 2, "three", 4, "five", 6, 7],
    );
  });

  it("does not try again where no call is at fault, and goes on with the next ones", async () => {
    let down = true;
    const { queue, batches, finish } = underTest((calls) => {
      if (down) throw new Error("no database");
      return calls.map((answer) => ({ answer }));
    });
    const first = Promise.allSettled([1, 2, 3].map((call) => queue.add("team", call)));
    await finish();
    assert.ok((await first).every(({ status }) => status === "rejected"));
    assert.equal(batches.length, 2);
    down = false;
    const next = queue.add("team", 4);
    await finish();
    assert.equal(await next, 4);
  });
});
