import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE, SCRIPTS, useShell } from "../support/shell.ts";

describe("the command line's count", function () {
  this.timeout(60_000);
  const shell = useShell();
  const { cli, file } = shell;
  const TEXT = "Hello, world! 你好 <|endoftext|>\n";
  const count = (tokens: number, encoding = "o200k_base") => ({ encoding, tokens, exact: true, low: tokens, high: tokens });

  it("counts files and standard input, for programs", async () => {
    const path = file("a.txt", TEXT);
    const { code, out } = await cli(["count", "--json", path, "-"], { input: "hello world" });
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out), [
      { file: path, ...count(13) },
      { file: "-", ...count(2) },
    ]);
    const russian = file("b.txt", "Здравствуйте, 今天天气很好\n");
    const older = await cli(["count", "--encoding", "cl100k_base", "--json", russian]);
    assert.deepEqual(JSON.parse(older.out), [{ file: russian, ...count(17, "cl100k_base") }]); // 7 in o200k_base
  });

  it("does the same from the bundle", async () => {
    const { code, out, err } = await cli(["count", "--model", "openai/gpt-5", "-"], { input: "hello world", script: BUNDLE });
    assert.equal(code, 0, err);
    assert.equal(out, "2  -\n");
    const status = await cli(["status"], { script: BUNDLE });
    assert.match(status.out, /^Not signed in\./);
  });

  it("aligns columns, marks estimates and adds up", async () => {
    const [small, large] = [file("small", "hello world"), file("large", "hello world".repeat(1_000))];
    const { out } = await cli(["count", "--model", "claude-opus-5", small, large]);
    assert.equal(out, `    ~3  (1–8)          ${small}\n~2,960  (2,364–3,707)  ${large}\n~2,963  (2,365–3,715)  total\n`);
  });

  it("names what it cannot count, and counts the others", async () => {
    const good = file("good", "hello world");
    const nul = file("nul", "a\0b");
    const latin = file("latin", Uint8Array.of(0xe9, 0x74, 0xe9));
    const { code, out, err } = await cli(["count", nul, "nowhere", latin, good]);
    assert.equal(code, 1);
    assert.equal(out, `2  ${good}\n`);
    assert.deepEqual(err.trimEnd().split("\n"), [
      `${nul}: is a binary file`,
      "nowhere: no such file",
      `${latin}: is no UTF-8 text`,
    ]);
  });

  it("counts the files of folders that Git does not ignore, and leaves out what is no text", async () => {
    const folder = join(shell.machine.home, "project");
    for (const name of ["src/deep", "build", ".git/info", "vendor"]) mkdirSync(join(folder, name), { recursive: true });
    const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
    write(".gitignore", "build/\n*.log\n!keep.log\n");
    write("src/.gitignore", "/generated.ts\n!debug.log\n");
    write(".git/info/exclude", "vendor\n");
    for (const name of ["build/out.js", "src/generated.ts", "src/deep/a.log", "vendor/x.js", ".git/HEAD"]) write(name, "ignored");
    for (const name of ["keep.log", "src/debug.log", "src/deep/generated.ts", "src/a.ts", "b.md"]) write(name, "hello world");
    write("src/logo.png", "\0\0");
    const { code, out, err } = await cli(["count", folder]);
    assert.equal(err, "left out 1 file that is no text\n");
    assert.equal(code, 0);
    const files = ["b.md", "keep.log", "src/a.ts", "src/debug.log", "src/deep/generated.ts"];
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => line.trim().split(/ +/));
    assert.deepEqual(lines, [
      ["9", join(folder, ".gitignore")],
      ...files.slice(0, 2).map((name) => ["2", join(folder, name)]),
      ["7", join(folder, "src/.gitignore")],
      ...files.slice(2).map((name) => ["2", join(folder, name)]),
      ["26", "total"],
    ]);

    const within = await cli(["count", join(folder, "src", "deep")]);
    assert.match(within.out, /generated\.ts\n$/);
    assert.doesNotMatch(within.out, /a\.log/); // by the rules of the folders above
    const glob = await cli(["count", "--json", join(folder, "**/*.{ts,md}")]);
    assert.deepEqual(
      JSON.parse(glob.out).map((one: { file: string }) => one.file),
      ["b.md", "src/a.ts", "src/deep/generated.ts"].map((name) => join(folder, name)),
    );
    const none = await cli(["count", join(folder, "*.rs")]);
    assert.deepEqual([none.code, none.out, none.err], [1, "", `${join(folder, "*.rs")}: matches no file\n`]);
  });

  it("counts many files in several threads as one after the other, from sources and from the bundle", async () => {
    const folder = join(shell.machine.home, "many");
    mkdirSync(folder);
    const names = Array.from({ length: 300 }, (_, i) => `${String(i).padStart(3, "0")}.txt`);
    for (const [i, name] of names.entries()) writeFileSync(join(folder, name), "hello world\n".repeat(i));
    writeFileSync(join(folder, "bad.bin"), "\0");
    for (const script of SCRIPTS) {
      const { code, out, err } = await cli(["count", "--json", folder], { script });
      assert.equal(code, 0, err);
      const expected = names.map((name, i) => ({ file: join(folder, name), ...count(3 * i) }));
      assert.deepEqual(JSON.parse(out), expected);
    }
    const estimate = async (...files: string[]) =>
      JSON.parse((await cli(["count", "--json", "--model", "claude-opus-5", ...files])).out);
    const apart = join(folder, names[299]!);
    const [alone] = await estimate(apart);
    assert.ok(!alone.exact && alone.tokens > 897, JSON.stringify(alone));
    assert.deepEqual((await estimate(folder)).at(-1), alone);
  });

  it("shows only what is over a limit, and tells by its exit code", async () => {
    const [small, large] = [file("small.md", "hello world"), file("large.md", "hello world".repeat(100))];
    const over = await cli(["count", "--over", "100", small, large]);
    assert.deepEqual([over.code, over.out], [3, `200  ${large}\n`]);
    const below = await cli(["count", "--over", "200", small, large]);
    assert.deepEqual([below.code, below.out], [0, ""]);
  });

  it("says what makes no sense", async () => {
    const cases: [string[], RegExp][] = [
      [["--encoding", "o100k_base", "-"], /^unknown encoding: o100k_base \(there are o200k_base, .*cl100k_base, /],
      [["--over", "many", "-"], /Not a whole number/],
      [["--model", "gtp-5", "-"], /^unknown model: gtp-5 /],
      [["--encoding", "o200k_base", "--model", "gpt-5", "-"], /cannot be used with/],
      [[], /missing required argument 'file'/],
      [["--colour", "-"], /unknown option/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await cli(["count", ...args]);
      assert.equal(code, 2, args.join(" "));
      assert.equal(out, "");
      assert.match(err, message);
    }
  });
});
