import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { SELF_TEST_ANSWER } from "../../protocol/assistants.ts";
import { testHook } from "./selfTest.ts";

/** With commands that stand in for the hook's; the hook itself is tried in the end-to-end tests. */
describe("the hook's self-test", () => {
  const answering = (text: string) => `cat >/dev/null; cat <<'END'\n${text}\nEND`;

  it("passes where the daemon has answered", async () => {
    await testHook(answering(SELF_TEST_ANSWER), tmpdir());
  });

  it("says what went wrong where it has not", async () => {
    await assert.rejects(testHook("exit 3", tmpdir()), /it ended with 3 and no answer/);
    await assert.rejects(testHook("echo no daemon >&2; exit 1", tmpdir()), /^Error: no daemon$/);
    await assert.rejects(testHook(answering("{}"), tmpdir()), /it answered "\{\}/);
    await assert.rejects(testHook("exec cat >/dev/null", tmpdir()), /it ended with 0 and no answer/);
  });
});
