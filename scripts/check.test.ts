import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { importsOf } from "./check/imports.ts";
import { treeFaults } from "./check.ts";
import { command } from "./command.ts";

describe("check: reading imports", () => {
  const specifiers = (source: string) => importsOf(source).map(({ specifier }) => specifier);

  for (const [what, source, expected] of [
    ["every form", 'import "a";\nimport b from "b";\nimport * as c from "c";\nimport { d, type D as E } from "d";\n', "abcd"],
    ["types", 'import type { A } from "a";\nimport type B, { type C } from "b";\nexport type { D } from "c";\n', "abc"],
    ["exports", 'export * from "a";\nexport * as b from "b";\nexport { c as default } from "c";\n', "abc"],
    [
      "several lines, with comments",
      'import {\n  a, // the "first"\n  /* from "x" */ b,\n} from "a";\nimport c from \'b\';\n',
      "ab",
    ],
    ["attributes", 'import data from "a" with { type: "json" };\n', "a"],
    ["calls", 'const a = await import("a");\n  type B = import("b").B;\nconst c = require("c");\nimport(\n  "d",\n);\n', "abcd"],
    [
      "code between",
      'import a from "a";\nexport class X {\n  from = "no";\n}\nexport const y = 1;\nexport function z() {}\nexport { w } from "b";\n',
      "ab",
    ],
    ["not comments", '// import a from "a";\n/** import("b") */\n * import("c")\nimport d from "d";\n', "d"],
    ["not strings", 'const text = `import x`;\nconst from = "from";\n', ""],
  ] as const)
    it(what, () => assert.deepEqual(specifiers(source), [...expected]));

  it("knows the line", () =>
    assert.deepEqual(importsOf('\n/** why */\nimport {\n  a,\n} from "a";\n'), [{ specifier: "a", line: 5 }]));
});

describe("check: a tree", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "token-budget-check-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** The faults of a sound little tree with these files in it. */
  async function faultsWith(files: Record<string, string>): Promise<string[]> {
    const sound = {
      "package.json": JSON.stringify({ contributes: {} }),
      "src/tokens/count.ts": 'export type Tokens = number;\nexport const encoding = "o200k";\n',
      "src/budget/money.ts": 'import type { Tokens } from "../tokens/count.ts";\nexport type Nano = Tokens;\n',
      "src/editor/meter.ts": 'import * as vscode from "vscode";\nimport "../budget/money.ts";\nexport const a = vscode;\n',
      "src/main/extension.ts":
        'import * as vscode from "vscode";\nimport "../editor/meter.ts";\nimport "node:fs";\nexport const b = vscode;\n',
      "scripts/start.ts": 'import "../src/budget/money.ts";\nimport "vscode";\n',
    };
    for (const [path, text] of Object.entries({ ...sound, ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    await command("git", ["init", "-q"], { cwd: folder });
    return treeFaults(folder);
  }

  it("passes where all is well, untested code in tests included", async () => {
    const text = 'import "node:fs";\nimport "../../scripts/start.ts";\nimport "./money.ts";\n';
    assert.deepEqual(await faultsWith({ "src/budget/money.test.ts": text }), []);
  });

  const arrows: [string, string, string, string][] = [
    [
      "budget reaching up into protocol",
      "src/budget/a.ts",
      '\nimport type { X } from "../protocol/x.ts";\n',
      "src/budget/a.ts:2: budget/ must not import protocol/ (src/protocol/x.ts)",
    ],
    [
      "editor importing daemon",
      "src/editor/a.ts",
      'import "../daemon/x.ts";\n',
      "src/editor/a.ts:1: editor/ must not import daemon/ (src/daemon/x.ts)",
    ],
    [
      "daemon importing endpoint, lazily",
      "src/daemon/deep/a.ts",
      'await import("../../endpoint/x.ts");\n',
      "src/daemon/deep/a.ts:1: daemon/ must not import endpoint/ (src/endpoint/x.ts)",
    ],
    [
      "prices importing budget",
      "src/prices/a.ts",
      'export { max } from "../budget/money.ts";\n',
      "src/prices/a.ts:1: prices/ must not import budget/ (src/budget/money.ts)",
    ],
    [
      "wire importing tokens",
      "src/wire/a.ts",
      'import "../tokens/count.ts";\n',
      "src/wire/a.ts:1: wire/ must not import tokens/ (src/tokens/count.ts)",
    ],
    [
      "editor importing main",
      "src/editor/a.ts",
      'import "../main/extension.ts";\n',
      "src/editor/a.ts:1: editor/ must not import main/ (src/main/extension.ts)",
    ],
    [
      "an arrow the wrong way in a test",
      "src/budget/a.test.ts",
      'import "../daemon/x.ts";\n',
      "src/budget/a.test.ts:1: budget/ must not import daemon/ (src/daemon/x.ts)",
    ],
    [
      "code that ships importing scripts",
      "src/main/cli.ts",
      'import "../../scripts/start.ts";\n',
      "src/main/cli.ts:1: imports scripts/start.ts, which does not ship",
    ],
    [
      "a test as a library",
      "src/main/cli.ts",
      'import "./a.test.ts";\n',
      "src/main/cli.ts:1: imports the test src/main/a.test.ts",
    ],
    [
      "a folder outside the layout",
      "src/utils/a.ts",
      'import "../tokens/count.ts";\n',
      "src/utils/a.ts:1: utils/ is no folder of the layout",
    ],
    [
      "Node in the pure core",
      "src/tokens/a.ts",
      'import { join } from "node:path";\n',
      "src/tokens/a.ts:1: tokens/ is pure and must not import node:path",
    ],
    [
      "Node in the pure core, by its old name",
      "src/protocol/a.ts",
      'import fs from "fs";\n',
      "src/protocol/a.ts:1: protocol/ is pure and must not import fs",
    ],
    [
      "vscode in the daemon, as a type",
      "src/daemon/a.ts",
      'import type { Uri } from "vscode";\n',
      "src/daemon/a.ts:1: only editor/ and main/extension.ts import vscode",
    ],
    [
      "vscode in another root",
      "src/main/cli.ts",
      'import "vscode";\n',
      "src/main/cli.ts:1: only editor/ and main/extension.ts import vscode",
    ],
  ];
  const views: [string, string, string, string][] = [
    [
      "vscode in a webview, as a type",
      "src/editor/preview/view/main.ts",
      'import type { Uri } from "vscode";\n',
      "src/editor/preview/view/main.ts:1: what runs in a webview must not import vscode",
    ],
    [
      "Node in a webview's protocol",
      "src/editor/preview/protocol.ts",
      'import { join } from "node:path";\n',
      "src/editor/preview/protocol.ts:1: what runs in a webview must not import node:path",
    ],
    [
      "a webview importing the editor",
      "src/editor/preview/view/main.ts",
      'import "../panel.ts";\n',
      "src/editor/preview/view/main.ts:1: a webview must not import src/editor/preview/panel.ts",
    ],
    [
      "the editor importing a webview",
      "src/editor/preview/panel.ts",
      'import "./view/main.ts";\n',
      "src/editor/preview/panel.ts:1: only a webview's own code imports src/editor/preview/view/main.ts",
    ],
  ];
  const shared: typeof views = [
    [
      "vscode in what webviews share",
      "src/editor/webview/dom.ts",
      'import * as vscode from "vscode";\nexport const x = vscode;\n',
      "src/editor/webview/dom.ts:1: what runs in a webview must not import vscode",
    ],
    [
      "the editor importing what webviews share",
      "src/editor/preview/panel.ts",
      'import "../webview/dom.ts";\n',
      "src/editor/preview/panel.ts:1: only webviews import src/editor/webview/dom.ts",
    ],
    [
      "what webviews share importing one of them",
      "src/editor/webview/dom.ts",
      'import type { X } from "../preview/protocol.ts";\nexport type Y = X;\n',
      "src/editor/webview/dom.ts:1: what webviews share must not import src/editor/preview/protocol.ts",
    ],
  ];
  it("passes a webview that meets the editor in their protocol", async () => {
    const files = {
      "src/editor/preview/protocol.ts": 'import type { Nano } from "../../budget/money.ts";\nexport type X = Nano;\n',
      "src/editor/preview/view/main.ts":
        'import type { X } from "../protocol.ts";\nimport "./dom.ts";\nimport "../../webview/dom.ts";\nexport type Y = X;\n',
    };
    assert.deepEqual(await faultsWith(files), []);
  });

  for (const [what, path, text, fault] of [...arrows, ...views, ...shared])
    it(`names ${what}`, async () => assert.deepEqual(await faultsWith({ [path]: text }), [fault]));

  it("names a cycle once, types included", async () => {
    const faults = await faultsWith({
      "src/daemon/a.ts": 'import "./b.ts";\n',
      "src/daemon/b.ts": 'import type { C } from "./c/c.ts";\n',
      "src/daemon/c/c.ts": 'import "../a.ts";\nimport "../../tokens/count.ts";\n',
    });
    assert.deepEqual(faults, [
      "src/daemon/a.ts: imports itself by way of src/daemon/b.ts -> src/daemon/c/c.ts -> src/daemon/a.ts",
    ]);
  });

  it("names what the manifest and the README lack", async () => {
    const manifest = {
      enabledApiProposals: ["chatProvider"],
      contributes: {
        commands: [
          { command: "x.show", title: "%show%", category: "X" },
          { command: "x.hide", title: "Hide It" },
        ],
        configuration: { properties: { "x.visible": { description: "%visible%" }, "x.colour": {} } },
      },
    };
    const files = {
      "package.json": JSON.stringify(manifest),
      "package.nls.json": JSON.stringify({ show: "Show It" }),
      "README.md": "Run **X: Hide It**. The setting `x.colour`.",
    };
    assert.deepEqual(await faultsWith(files), [
      "package.json: enabledApiProposals cannot be published",
      "package.json: the command x.hide has no category",
      "README.md: does not name the command Show It",
      "README.md: does not name the setting x.visible",
      "package.nls.json: no words for %visible%",
    ]);
  });

  it("names places that mean nothing on another machine, but not paths in a repository", async () => {
    const place = ["", "work", "main"].join("/");
    const host = ["registry", "npmjs", "org"].join(".");
    const faults = await faultsWith({
      "docs/a.md": `fine: src/work/main, ./work/a, https://example.com/work/b\nsee ${place}\n`,
      "package-lock.json": `{\n  "a": "https://${host}/a"\n}\n`,
    });
    assert.deepEqual(faults, [
      `docs/a.md:2: names a path of one machine: ${place.slice(0, 7)}`,
      `package-lock.json:2: names a package registry: ${host}`,
    ]);
  });

  it("passes over files that git ignores", async () => {
    const files = { ".gitignore": "dist/\n", "dist/a.md": ["", "work", "main"].join("/") };
    assert.deepEqual(await faultsWith(files), []);
  });
});
