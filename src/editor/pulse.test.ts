import assert from "node:assert/strict";
import { Pulse } from "./pulse.ts";

/** A run that ends when the test says so. */
function runs() {
  const started: PromiseWithResolvers<void>[] = [];
  const waiting: (() => void)[] = [];
  return {
    started,
    run: () => {
      const one = Promise.withResolvers<void>();
      started.push(one);
      for (const resolve of waiting.splice(0)) resolve();
      return one.promise;
    },
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
  };
}

describe("a pulse", () => {
  it("runs once for many askings, and once more for those that came meanwhile", async () => {
    const { started, run, next } = runs();
    const pulse = new Pulse(run, 0);
    const first = next();
    for (let i = 0; i < 5; i++) pulse.ask();
    await first;
    for (let i = 0; i < 5; i++) pulse.ask();
    assert.equal(started.length, 1, "never two at a time");
    const second = next();
    started[0]!.resolve();
    await second;
    started[1]!.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(started.length, 2);
    pulse.dispose();
  });

  it("leaves a gap between two runs", async () => {
    const { started, run, next } = runs();
    const pulse = new Pulse(run, 40);
    const [first, start] = [next(), performance.now()];
    pulse.ask();
    await first;
    started[0]!.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    const second = next();
    pulse.ask();
    await second;
    assert.ok(performance.now() - start >= 38);
    pulse.dispose();
  });

  it("does not run any more once it is disposed", async () => {
    const { started, run } = runs();
    const pulse = new Pulse(run, 0);
    pulse.ask();
    pulse.dispose();
    pulse.ask();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(started.length, 0);
  });
});
