import assert from "node:assert/strict";
import fc from "fast-check";
import { isSurelyPath, referencesIn } from "./references.ts";

const found = (line: string, withImports = false) =>
  referencesIn(line, withImports).map(({ kind, target }) => `${kind} ${target}`);

describe("references in a line of a prompt file", () => {
  it("are Markdown links to files, without titles, anchors and queries", () => {
    assert.deepEqual(found("See [a](./a.md), [b](../b.md 'B') and [c](<my notes/c.md>#d)."), [
      "link ./a.md",
      "link ../b.md",
      "link my notes/c.md",
    ]);
    assert.deepEqual(found("[a](a%20b.md#part) [q](x.md?raw=1) [p](f(1).md)"), ["link a b.md", "link x.md", "link f(1).md"]);
    assert.deepEqual(found("[broken](%zz.md) [drive](C:\\a.md) [unc](\\\\server\\a.md)"), [
      "link %zz.md",
      "link C:\\a.md",
      "link \\\\server\\a.md",
    ]);
  });

  it("are not pictures, addresses elsewhere, anchors, or anything in code", () => {
    assert.deepEqual(found("![p](p.png) [w](https://a.example/b.md) [m](mailto:a@b.example) [h](#here) [c](command:x) []()"), []);
    assert.deepEqual(found("`[a](a.md)` and ``#file:`b.md`` and `@c.md`", true), []);
    assert.deepEqual(found("a `` b [a](a.md)"), ["link a.md"]);
    assert.deepEqual(found("[![badge](badge.svg)](./ci.md)"), ["link ./ci.md"]);
  });

  it("are `#file:` up to the next blank, as VS Code reads it", () => {
    assert.deepEqual(found("Use #file:src/a.ts and #FILE:../b.md#x, not #tool:search"), ["file src/a.ts", "file ../b.md"]);
    assert.deepEqual(found("[#file:a.md](a.md)"), ["link a.md"]);
    assert.deepEqual(found("@a#file:b", true), ["import a"]);
  });

  it("name a `file:` address, so that it can be refused", () => {
    assert.deepEqual(found("[a](file:///etc/passwd)"), ["link file:///etc/passwd"]);
  });

  it("are `@path` where imports count: after a blank, with escaped blanks, without a fragment", () => {
    assert.deepEqual(found("@README and @docs/my\\ notes.md#part, me@example.com, (@no.md) @@x @~/a.md", true), [
      "import README",
      "import docs/my notes.md",
      "import ~/a.md",
    ]);
    assert.deepEqual(found("@README", false), []);
  });

  it("know where their path is written", () => {
    const line = "x [a](<./a b.md>) #file:c.md @d.md";
    for (const { start, end, target } of referencesIn(line, true)) assert.equal(line.slice(start, end), target);
  });

  it("of an import: only what can be nothing but a path is missed when it is not there", () => {
    for (const target of ["./a", "../a", "/a", "~/a", "docs/a.md", "package.json", "a.TS", "docs/a.md."])
      assert.ok(isSurelyPath(target), target);
    for (const target of ["ada", "types/node", "anthropic-ai/claude-code", "v1.0", "ada."])
      assert.ok(!isSurelyPath(target), target);
  });

  it("lie inside the line, in order and apart, whatever the line is", () => {
    const part = fc.constantFrom(
      "[",
      "]",
      "(",
      ")",
      "](",
      "<",
      ">",
      "`",
      "``",
      "#file:",
      "@",
      "a.md",
      " ",
      "\\ ",
      "!",
      "#",
      "%20",
      "..",
      "/",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const line = parts.join("");
        let free = 0;
        for (const { start, end, target } of referencesIn(line, true)) {
          assert.ok(start >= free && end > start && end <= line.length && target !== "", line);
          free = end;
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("are found soon, whatever the line is: no pattern tries every way", () => {
    const start = performance.now();
    for (const part of ["[", "](", "]", "(", "`", "` `` ", "@", "#file:", "\\ ", "[a](", "@a\\ ", "[](<"])
      referencesIn(part.repeat(10_000).slice(0, 9_999), true);
    assert.ok(performance.now() - start < 5_000);
  });
});
