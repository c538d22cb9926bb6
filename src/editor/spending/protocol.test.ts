import assert from "node:assert/strict";
import fc from "fast-check";
import { type FromView, readFromView } from "./protocol.ts";

const messages: fc.Arbitrary<FromView> = fc.oneof(
  fc.constant<FromView>({ type: "ready" }),
  fc.constant<FromView>({ type: "copy" }),
  fc.record({ type: fc.constant("choose" as const), range: fc.string({ maxLength: 500 }) }, { noNullPrototype: true }),
);

describe("messages from the webview of Show Spending", () => {
  it("arrive as they were sent", () =>
    fc.assert(fc.property(messages, (message) => assert.deepEqual(readFromView(structuredClone(message)), message))));

  it("are not heard where they are none", () => {
    const none = [undefined, null, "ready", {}, { type: "open" }, { type: "ready", more: 1 }, { type: "choose", range: 7 }];
    for (const one of [...none, { type: "choose", range: "x".repeat(501) }]) assert.equal(readFromView(one), undefined);
    fc.assert(fc.property(fc.anything(), (thing) => readFromView(thing) === undefined || typeof thing === "object"));
  });
});
