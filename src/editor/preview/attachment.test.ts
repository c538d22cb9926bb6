import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attachedText, readAttachment } from "./attachment.ts";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe("an attached file", () => {
  let home: string;
  let root: string;
  const read = (name: string) => readAttachment(join(root, name), name, [root]);

  before(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), "tb-attach-")));
    root = join(home, "workspace");
    mkdirSync(root);
    writeFileSync(join(root, "a.md"), "hello world");
    writeFileSync(join(root, "b.bin"), "a\0b");
    writeFileSync(join(root, "c.PNG"), Buffer.from(PIXEL, "base64"));
    writeFileSync(join(root, "d.jpg"), "no picture");
    writeFileSync(join(home, "secret.md"), "secret");
    symlinkSync(join(home, "secret.md"), join(root, "link.md"));
    writeFileSync(join(root, "large.md"), "");
    truncateSync(join(root, "large.md"), (1 << 20) + 1);
    writeFileSync(join(root, "large.png"), "");
    truncateSync(join(root, "large.png"), 2 ** 32);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it("is its text with its name around it", async () => {
    assert.deepEqual(await read("a.md"), { kind: "text", text: '<attachment path="a.md">\nhello world\n</attachment>' });
    assert.equal(attachedText('a "b".md', "x"), '<attachment path="a \\"b\\".md">\nx\n</attachment>');
  });

  it("is a picture by its name, measured by its bytes", async () => {
    const picture = await read("c.PNG");
    assert.ok(typeof picture === "object" && picture.kind === "picture");
    assert.deepEqual([picture.mime, picture.size], ["image/png", { width: 1, height: 1 }]);
    const unknown = await read("d.jpg");
    assert.ok(typeof unknown === "object" && unknown.kind === "picture" && unknown.size === undefined);
  });

  it("is refused with a word where it is no text, too large, outside, a folder, or not there", async () => {
    assert.equal(await read("b.bin"), "binary");
    assert.equal(await read("large.md"), "tooLarge");
    assert.equal(await read("large.png"), "tooLarge");
    assert.equal(await read("link.md"), "outside");
    assert.equal(await read("../secret.md"), "outside");
    assert.equal(await read("."), "folder");
    assert.equal(await read("gone.md"), "missing");
  });
});
