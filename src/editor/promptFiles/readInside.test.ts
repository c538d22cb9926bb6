import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LARGEST_FILE, readInside } from "./readInside.ts";

describe("a file that a prompt refers to", () => {
  let home: string;
  let root: string;
  const read = (name: string) => readInside(join(root, name), [root]);
  const write = (name: string, content: string | Buffer = "text") => writeFileSync(join(root, name), content);

  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), "tb-inside-")));
    root = join(home, "workspace");
    mkdirSync(join(root, "docs"), { recursive: true });
    writeFileSync(join(home, "secret.md"), "secret");
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it("is read inside of the workspace, by a link in it too", async () => {
    write("docs/a.md", "as é 漢");
    symlinkSync(join(root, "docs"), join(root, "link"));
    const real = join(root, "docs", "a.md");
    assert.deepEqual(await read("docs/a.md"), { real, text: "as é 漢" });
    assert.deepEqual(await read("link/a.md"), { real, text: "as é 漢" });
    write("empty.md", "");
    assert.deepEqual(await read("empty.md"), { real: join(root, "empty.md"), text: "" });
  });

  it("is not read outside, whatever leads there", async () => {
    symlinkSync(join(home, "secret.md"), join(root, "link.md"));
    symlinkSync(home, join(root, "up"));
    symlinkSync("link.md", join(root, "link2.md"));
    for (const name of ["link.md", "up/secret.md", "link2.md", "../secret.md", "../../../../../../etc/passwd"])
      assert.equal(await read(name), "outside", name);
    mkdirSync(join(home, "workspace2"));
    writeFileSync(join(home, "workspace2", "a.md"), "neighbour");
    assert.equal(await read("../workspace2/a.md"), "outside");
  });

  it("is missed where it is not, also in a ring of links", async () => {
    symlinkSync("ring2.md", join(root, "ring1.md"));
    symlinkSync("ring1.md", join(root, "ring2.md"));
    write("a.md");
    for (const name of ["gone.md", "a.md/b.md", "ring1.md", "x".repeat(5_000)]) assert.equal(await read(name), "missing", name);
  });

  it("is a regular file: no folder, pipe or socket is opened, and none is waited for", async () => {
    assert.equal(await read("docs"), "folder");
    if (process.platform === "win32") return; // has neither in its file system
    execFileSync("mkfifo", [join(root, "pipe.md")]);
    assert.equal(await read("pipe.md"), "notRegular");
    const server = createServer();
    await new Promise<void>((listening) => server.listen(join(root, "socket.md"), listening));
    assert.equal(await read("socket.md"), "notRegular");
    await new Promise((closed) => server.close(closed));
    symlinkSync("/dev/zero", join(root, "zero.md"));
    assert.equal(await read("zero.md"), "outside");
  });

  it("is not too large, of which nothing is read to find out", async () => {
    write("large.md", "");
    truncateSync(join(root, "large.md"), 2 ** 31);
    const before = process.memoryUsage.rss();
    assert.equal(await read("large.md"), "tooLarge");
    assert.ok(process.memoryUsage.rss() - before < 100 << 20);
    write("just.md", "a".repeat(LARGEST_FILE));
    assert.equal(typeof (await read("just.md")), "object");
    write("over.md", "a".repeat(LARGEST_FILE + 1));
    assert.equal(await read("over.md"), "tooLarge");
  });

  it("is text", async () => {
    write("picture.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1]));
    assert.equal(await read("picture.png"), "binary");
  });
});
