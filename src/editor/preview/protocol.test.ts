import assert from "node:assert/strict";
import fc from "fast-check";
import { ACTIONS, type FromView, readFromView } from "./protocol.ts";

const count = fc.nat(2 ** 31 - 1);
const messages: fc.Arbitrary<FromView> = fc.oneof(
  fc.constant<FromView>({ type: "ready" }),
  fc.record({
    type: fc.constant("edit" as const),
    version: count,
    offset: count,
    length: count,
    text: fc.string({ unit: "binary" }),
  }),
  fc.record({ type: fc.constant("source" as const), source: fc.constantFrom("document" as const, "typed" as const) }),
  fc.record({ type: fc.constant("include" as const), part: fc.string(), isIncluded: fc.boolean() }),
  fc.record({ type: fc.constant("remove" as const), part: fc.string() }),
  fc.record({ type: fc.constant("choose" as const), model: fc.string() }),
  fc.record({ type: fc.constant("act" as const), action: fc.constantFrom(...ACTIONS) }),
);

describe("messages from the preview's webview", () => {
  it("arrive as they were sent, over a structured clone and over JSON", () =>
    fc.assert(
      fc.property(messages, (message) => {
        assert.deepEqual(readFromView(structuredClone(message)), { ...message });
        assert.deepEqual(readFromView(JSON.parse(JSON.stringify(message))), { ...message });
      }),
    ));

  it("are not heard where they are no such messages", () => {
    const edit = { type: "edit", version: 0, offset: 0, length: 0, text: "" };
    assert.ok(readFromView(edit));
    for (const message of [
      ...[undefined, null, "ready", 7, [], {}, { type: "eval" }, { type: "act", action: "quit" }, { type: "act" }],
      ...[
        { ...edit, offset: -1 },
        { ...edit, length: 0.5 },
        { ...edit, text: 7 },
        { ...edit, more: true },
      ],
      ...[
        { type: "source", source: "clipboard" },
        { type: "choose", model: null },
        { type: "include", part: "a" },
      ],
    ])
      assert.equal(readFromView(message), undefined, JSON.stringify(message));
  });

  it("never make the reader fail, whatever they are", () =>
    fc.assert(
      fc.property(fc.anything(), (message) => {
        readFromView(message);
      }),
    ));
});
