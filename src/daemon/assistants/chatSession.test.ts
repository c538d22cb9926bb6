import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageOf } from "../../wire/usage.ts";
import { lastTurnOf, selectedModelOf, turnIn, usageOfWritten } from "./chatSession.ts";

const line = (kind: number, k: unknown, v: unknown) => JSON.stringify({ kind, ...(k !== undefined && { k }), v });

/** As VS Code 1.139 writes it: the whole first, then changes. */
const LOG = [
  line(0, undefined, { version: 3, sessionId: "s", requests: [], inputState: {} }),
  line(1, ["inputState", "selectedModel"], {
    identifier: "copilot/claude-sonnet-4.5",
    metadata: { id: "claude-sonnet-4.5", vendor: "copilot" },
  }),
  line(2, ["requests"], [{ requestId: "r1", message: { text: "Sail." } }]),
  line(1, ["requests", 0, "result"], { metadata: { toolCallRounds: [{}, {}, {}] } }),
  line(1, ["requests", 0, "completionTokens"], 13),
  line(1, ["requests", 0, "promptTokens"], 1_003),
].join("\n");

describe("what the editor writes down of a chat", () => {
  it("tells what the last turn sent last, what it got, and how often it called", () => {
    assert.deepEqual(turnIn(LOG), { prompt: 1_003, output: 13, calls: 3 });
    assert.deepEqual(
      usageOfWritten({ prompt: 1_003, output: 13, calls: 3 }),
      usageOf({ input: 1_003, cacheRead: 2_006, output: 13 }),
    );
  });

  it("tells nothing of a turn that was blocked or is not written yet, of half a line, and of what is no log", () => {
    assert.equal(turnIn(`${LOG}\n${line(2, ["requests"], [{ requestId: "r2" }])}`), undefined);
    assert.deepEqual(turnIn(`${LOG}\n{"kind":1,"k":["req`), turnIn(LOG));
    for (const text of ["", "null", "[]", line(2, ["requests"], 7), line(1, ["__proto__", "x"], 1), line(1, [], 1)])
      assert.equal(turnIn(text), undefined);
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });

  it("is found beside the transcript that hooks are told, with a folder open and without", async () => {
    const home = mkdtempSync(join(tmpdir(), "tb-chat-"));
    const write = (folder: string, name: string) => {
      mkdirSync(join(home, folder), { recursive: true });
      writeFileSync(join(home, folder, `${name}.jsonl`), LOG);
    };
    write("workspaceStorage/abc/chatSessions", "one");
    write("globalStorage/emptyWindowChatSessions", "two");
    const transcript = (storage: string, name: string) => join(home, storage, "GitHub.copilot-chat/transcripts", `${name}.jsonl`);
    assert.equal((await lastTurnOf(transcript("workspaceStorage/abc", "one")))?.prompt, 1_003);
    assert.equal((await lastTurnOf(transcript("workspaceStorage/def", "two")))?.prompt, 1_003);
    assert.equal(await lastTurnOf(transcript("workspaceStorage/abc", "three")), undefined);
    assert.deepEqual(await selectedModelOf(transcript("workspaceStorage/abc", "one")), {
      provider: "copilot",
      model: "claude-sonnet-4-5",
    });
    rmSync(home, { recursive: true });
  });
});
