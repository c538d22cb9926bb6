import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "./log.ts";

describe("the daemon's log", () => {
  const folder = mkdtempSync(join(tmpdir(), "tb-log-"));
  after(() => rmSync(folder, { recursive: true }));

  it("keeps what is new and one older part, readable by its owner alone", () => {
    const log = openLog(folder);
    for (let line = 0; line < 30; line++) log(`${line} ${"x".repeat(100_000)}`);
    log("the last line\nand its second part");
    assert.deepEqual(readdirSync(folder).sort(), ["daemon.log", "daemon.log.old"]);
    for (const name of readdirSync(folder)) {
      const { size, mode } = statSync(join(folder, name));
      assert.ok(size < 1.2 * 2 ** 20, `${name}: ${size} bytes`);
      assert.equal(mode & 0o777, 0o600);
    }
    assert.match(readFileSync(join(folder, "daemon.log"), "utf8"), /^\S+Z \[\d+\] the last line\n {2}and its second part\n$/m);
  });

  it("never stops the daemon", () => {
    assert.doesNotThrow(() => openLog(join(folder, "is", "not", "there"))("lost"));
  });
});
