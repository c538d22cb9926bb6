import assert from "node:assert/strict";
import fc from "fast-check";
import { type FromView, readFromView } from "./protocol.ts";

const messages: fc.Arbitrary<FromView> = fc.oneof(
  fc.constantFrom<FromView>({ type: "ready" }, { type: "refresh" }, { type: "export" }),
  fc.record({ type: fc.constant("choose" as const), range: fc.string({ maxLength: 100 }) }, { noNullPrototype: true }),
  fc.record(
    {
      type: fc.constant("decide" as const),
      id: fc.string({ maxLength: 100 }),
      decision: fc.constantFrom("approve" as const, "deny" as const),
    },
    { noNullPrototype: true },
  ),
);

describe("messages from the webview of Show Team", () => {
  it("arrive as they were sent", () =>
    fc.assert(fc.property(messages, (message) => assert.deepEqual(readFromView(structuredClone(message)), message))));

  it("are not heard where they are none", () => {
    const none = [
      undefined,
      "ready",
      { type: "decide", id: "g", decision: "cancel" },
      { type: "choose", range: "x".repeat(101) },
    ];
    for (const one of [...none, { type: "ready", more: 1 }]) assert.equal(readFromView(one), undefined);
  });
});
