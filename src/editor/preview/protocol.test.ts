import assert from "node:assert/strict";
import fc from "fast-check";
import { ACTIONS, type Choice, type FromView, readFromView } from "./protocol.ts";

const count = fc.nat(2 ** 31 - 1);
const choices: fc.Arbitrary<Choice> = fc.oneof(
  fc.record({ kind: fc.constant("source" as const), source: fc.constantFrom("document" as const, "typed" as const) }),
  fc.record({ kind: fc.constant("include" as const), part: fc.string(), isIncluded: fc.boolean() }),
  fc.record({ kind: fc.constant("remove" as const), part: fc.string() }),
  fc.record({ kind: fc.constant("model" as const), model: fc.string() }),
);
const messages: fc.Arbitrary<FromView> = fc.oneof(
  fc.constant<FromView>({ type: "ready" }),
  fc.record({
    type: fc.constant("edit" as const),
    version: count,
    offset: count,
    length: count,
    text: fc.string({ unit: "binary" }),
  }),
  fc.record({ type: fc.constant("choice" as const), number: count, choice: choices }),
  fc.record({ type: fc.constant("act" as const), action: fc.constantFrom(...ACTIONS) }),
);

describe("messages from the preview's webview", () => {
  it("arrive as they were sent, over a structured clone and over JSON", () =>
    fc.assert(
      fc.property(messages, (message) => {
        const sent = structuredClone(message);
        assert.deepEqual(readFromView(sent), sent);
        assert.deepEqual(readFromView(JSON.parse(JSON.stringify(message))), sent);
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
        { type: "choice", number: 1, choice: { kind: "source", source: "clipboard" } },
        { type: "choice", number: 1, choice: { kind: "model", model: null } },
        { type: "choice", number: 1, choice: { kind: "include", part: "a" } },
        { type: "choice", choice: { kind: "remove", part: "a" } },
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
