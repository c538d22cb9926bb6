import assert from "node:assert/strict";
import { readTokenFile } from "../../test/support/tokenFiles.ts";
import { loadCounter } from "./counter.ts";
import type { EncodingName } from "./encoding.ts";
import { createCountingService } from "./service.ts";

const load = (encoding: EncodingName) => loadCounter(encoding, readTokenFile);

describe("counting for another thread", function () {
  this.timeout(20_000);

  it("answers in order and keeps documents until they are closed", async () => {
    const ask = createCountingService(load);
    const replies = await Promise.all([
      ask({ seq: 1, kind: "open", document: "a", encoding: "o200k_base", text: "hello world" }),
      ask({ seq: 2, kind: "change", document: "a", changes: [{ rangeOffset: 5, rangeLength: 6, text: "" }] }),
      ask({
        seq: 3,
        kind: "ranges",
        document: "a",
        ranges: [
          { start: 0, end: 0 },
          { start: 0, end: 5 },
        ],
      }),
      ask({ seq: 4, kind: "close", document: "a" }),
      ask({ seq: 5, kind: "ranges", document: "a", ranges: [] }),
      ask({ seq: 6, kind: "count", encoding: "cl100k_base", text: "hello world" }),
    ]);
    assert.deepEqual(replies, [
      { seq: 1, tokens: 2 },
      { seq: 2, tokens: 1 },
      { seq: 3, tokens: 1, each: [0, 1] },
      { seq: 4, tokens: 0 },
      { seq: 5, error: "not open: a" },
      { seq: 6, tokens: 2 },
    ]);
  });

  it("tries a table again that could not be loaded", async () => {
    let tries = 0;
    const ask = createCountingService((encoding) => (tries++ ? load(encoding) : Promise.reject(new Error("disk error"))));
    const request = { kind: "count", encoding: "o200k_base", text: "hello" } as const;
    assert.deepEqual(await ask({ seq: 1, ...request }), { seq: 1, error: "disk error" });
    assert.deepEqual(await ask({ seq: 2, ...request }), { seq: 2, tokens: 1 });
  });
});
