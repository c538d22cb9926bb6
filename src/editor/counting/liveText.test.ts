import assert from "node:assert/strict";
import fc from "fast-check";
import { readTokenFile } from "../../../test/support/tokenFiles.ts";
import { type Counter, loadCounter } from "../../tokens/counter.ts";
import { type CountRequest, createCountingService } from "../../tokens/service.ts";
import { LiveText } from "./liveText.ts";
import type { Question } from "./thread.ts";

/** The counting thread's service, without the thread. */
function service() {
  const answer = createCountingService((encoding) => loadCounter(encoding, readTokenFile));
  const asked: Question["kind"][] = [];
  let seq = 0;
  const thread = {
    generation: 0,
    asked,
    async ask(question: Question): Promise<number> {
      asked.push(question.kind);
      const reply = await answer({ ...question, seq: ++seq } as CountRequest);
      if ("error" in reply) throw new Error(reply.error);
      return reply.tokens;
    },
  };
  return thread;
}

describe("a text that is being typed", () => {
  let counter: Counter;
  before(async () => {
    counter = await loadCounter("o200k_base", readTokenFile);
  });

  it("has the exact count after any edits", async () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(8),
      text: fc.string({ unit: "grapheme" }),
    });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.array(edit, { maxLength: 6 }), async (start, edits) => {
        const live = new LiveText(service());
        live.text = start;
        await live.count("o200k_base");
        let text = start;
        for (const { at, length, text: inserted } of edits) {
          const offset = Math.floor(at * text.length);
          const rangeLength = Math.min(length, text.length - offset);
          live.change({ rangeOffset: offset, rangeLength, text: inserted });
          text = text.slice(0, offset) + inserted + text.slice(offset + rangeLength);
        }
        assert.equal(live.text, text);
        assert.equal(await live.count("o200k_base"), counter.count(text));
      }),
      { numRuns: 60 },
    );
  });

  it("sends the change alone, in every encoding in which it is counted", async () => {
    const thread = service();
    const live = new LiveText(thread);
    live.text = "hello world ".repeat(100_000);
    await live.count("o200k_base");
    await live.count("cl100k_base");
    thread.asked.length = 0;
    live.change({ rangeOffset: 6, rangeLength: 5, text: "there" });
    assert.equal(await live.count("o200k_base"), counter.count(live.text));
    assert.deepEqual(thread.asked, ["change", "change"]);
    live.text = "";
    assert.equal(await live.count("o200k_base"), 0);
    assert.deepEqual(thread.asked.slice(2), ["close", "close", "open"]);
  });

  it("is handed over again to a thread that does not know it", async () => {
    const [first, second] = [service(), service()];
    let thread = first;
    const live = new LiveText({
      get generation() {
        return thread === first ? 0 : 1;
      },
      ask: (question) => thread.ask(question),
    });
    live.text = "hello world";
    assert.equal(await live.count("o200k_base"), 2);
    thread = second;
    assert.equal(await live.count("o200k_base"), 2);
    live.change({ rangeOffset: 0, rangeLength: 0, text: "again, " });
    assert.equal(await live.count("o200k_base"), counter.count("again, hello world"));
  });
});
