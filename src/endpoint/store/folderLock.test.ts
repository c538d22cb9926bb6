import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { lockFolder } from "./folderLock.ts";

describe("a folder's lock", () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "tb-lock-")), "");
  });
  afterEach(async () => {
    for (const name of await besides()) await rm(join(dirname(folder), name));
    await rm(folder, { recursive: true });
  });

  /** Comes some file operations after the first, so that takings-over meet in every phase. */
  const comeLater = async (place: number, round: number) => {
    for (let i = 0; i < place * (round % 4); i++) await stat(dirname(folder));
    return lockFolder(folder);
  };
  const besides = async () => (await readdir(dirname(folder))).filter((name) => name.startsWith(`${basename(folder)}.`));
  const leave = (owner: unknown) => writeFile(`${folder}.lock`, typeof owner === "string" ? owner : JSON.stringify(owner));

  it("is one process's, until it gives it back", async () => {
    const unlock = await lockFolder(folder);
    await assert.rejects(lockFolder(folder), new RegExp(`open in process ${process.pid} `));
    await unlock();
    await (await lockFolder(folder))();
    assert.deepEqual(await besides(), []);
  });

  it("is taken over from a process that is gone, from an earlier one with a living one's number, and from half a file", async () => {
    const dead = spawnSync(process.execPath, ["--version"]).pid;
    const owners = [
      { pid: dead, started: "boot 1", since: "then" },
      { pid: process.pid, started: "another boot 1", since: "then" },
      { pid: dead, started: null, since: "then" },
      "",
    ];
    // Only Linux tells one process from an earlier one with its number.
    for (const owner of owners.filter((_, i) => process.platform === "linux" || i !== 1)) {
      await leave(owner);
      await (await lockFolder(folder))();
      assert.deepEqual(await besides(), []);
    }
  });

  it("goes to exactly one of many who find a dead one's", async () => {
    const dead = spawnSync(process.execPath, ["--version"]).pid;
    for (let round = 0; round < 40; round++) {
      await leave({ pid: dead, started: `boot ${round}`, since: "then" });
      const tries = await Promise.allSettled(Array.from({ length: 8 }, (_, place) => comeLater(place, round)));
      const won = tries.filter((result) => result.status === "fulfilled");
      assert.equal(won.length, 1);
      assert.equal((JSON.parse(await readFile(`${folder}.lock`, "utf8")) as { pid: number }).pid, process.pid);
      await won[0]!.value();
    }
  });
});
