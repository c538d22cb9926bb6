// Bundles what ships: the extension, its webview, the daemon, the command line and the threads that count (VSIX), and the endpoint (npm package).
// What counting needs lies beside them already (dist/tokens, by scripts/tokens.ts).
//   node esbuild.mjs [--production] [--watch]
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { thirdPartyNotices } from "./scripts/notices.mjs";
import { policyJsonSchema } from "./src/budget/policy/policy.ts";
import { workspaceRulesJsonSchema } from "./src/budget/policy/workspaceRules.ts";

const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");

/**
 * One `require` of the editor's API for each file, as it is. esbuild would copy all of its some 500 names for every file that imports it:
 * a fourth of the time that activation takes.
 */
const vscodeUncopied = {
  name: "vscode-uncopied",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/](editor|main)[\\/].*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace('import * as vscode from "vscode"', 'import vscode = require("vscode")'),
      loader: "ts",
    }));
  },
};

/** What the files of `dist/tokens` were made from: vocabularies, characters' classes, and the compiler's own library. */
const TOKEN_SOURCES = ["js-tiktoken", "regenerate-unicode-properties", "assemblyscript"].map(
  (name) => `node_modules/${name}/package.json`,
);

/** @type {esbuild.BuildOptions} */
const shared = {
  bundle: true,
  platform: "node",
  target: "node22",
  minify: production,
  sourcemap: production ? false : "linked",
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
};

const builds = [
  {
    ...shared,
    entryPoints: {
      extension: "src/main/extension.ts",
      onCommand: "src/editor/onCommand.ts",
      previewHost: "src/editor/preview/preview.ts",
      policy: "src/editor/policy/editing.ts",
      spendingHost: "src/editor/spending/spending.ts",
      teamHost: "src/editor/team/teamHost.ts",
      grants: "src/editor/grants/grants.ts",
      copilot: "src/editor/copilot/copilot.ts",
      daemon: "src/main/daemon.ts",
      cli: "src/main/cli.ts",
      hook: "src/main/hook.ts",
      commands: "src/main/commands.ts",
      tokenWorker: "src/main/tokenWorker.ts",
      countWorker: "src/main/countWorker.ts",
    },
    outdir: "dist",
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    external: ["vscode"],
    // Its main file asks for others by names that no bundler sees.
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    plugins: [vscodeUncopied],
  },
  {
    ...shared,
    // The pages of webviews: loaded by each alone, when it is opened.
    entryPoints: [
      { in: "src/editor/preview/view/main.ts", out: "preview" },
      { in: "src/editor/preview/view/style.css", out: "preview" },
      { in: "src/editor/spending/view/main.ts", out: "spending" },
      { in: "src/editor/spending/view/style.css", out: "spending" },
      { in: "src/editor/team/view/main.ts", out: "team" },
      { in: "src/editor/team/view/style.css", out: "team" },
    ],
    outdir: "dist",
    platform: "browser",
    format: "esm",
    target: ["chrome128", "firefox128", "safari17"],
  },
  {
    ...shared,
    entryPoints: { endpoint: "src/main/endpoint.ts" },
    outdir: "dist",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    packages: "external",
  },
];

if (watch) {
  for (const options of builds) await (await esbuild.context({ ...options, logLevel: "info" })).watch();
} else {
  const dist = new URL("dist/", import.meta.url);
  for (const entry of await readdir(dist)) if (entry !== "tokens") await rm(new URL(entry, dist), { recursive: true });
  const results = await Promise.all(builds.map((options) => esbuild.build(options)));
  const schemas = { policy: policyJsonSchema(), workspaceRules: workspaceRulesJsonSchema() };
  for (const [name, schema] of Object.entries(schemas))
    await writeFile(new URL(`${name}.schema.json`, dist), `${JSON.stringify(schema, undefined, 2)}\n`);
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  await writeFile(new URL("THIRD_PARTY_NOTICES.txt", dist), thirdPartyNotices([...inputs, ...TOKEN_SOURCES]));
}
