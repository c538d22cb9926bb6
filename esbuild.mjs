// Bundles what ships: the extension, its token worker, the daemon and the command line (VSIX), and the endpoint (npm package).
//   node esbuild.mjs [--production] [--watch]
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { thirdPartyNotices } from "./scripts/notices.mjs";

const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");

/** Token tables are files of their own (`dist/tables/*.mjs`), so that nothing loads one before it counts. */
const tablesApart = {
  name: "tables-apart",
  setup(build) {
    build.onResolve({ filter: /^js-tiktoken\/ranks\// }, ({ path, kind }) =>
      kind === "dynamic-import" ? { path: `./tables/${path.split("/").at(-1)}.mjs`, external: true } : undefined,
    );
  },
};

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
      daemon: "src/main/daemon.ts",
      cli: "src/main/cli.ts",
      tokenWorker: "src/main/tokenWorker.ts",
    },
    outdir: "dist",
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    external: ["vscode"],
    plugins: [tablesApart, vscodeUncopied],
  },
  {
    ...shared,
    entryPoints: { o200k_base: "js-tiktoken/ranks/o200k_base", cl100k_base: "js-tiktoken/ranks/cl100k_base" },
    outdir: "dist/tables",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    sourcemap: false,
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
  await rm(new URL("dist", import.meta.url), { recursive: true, force: true });
  const results = await Promise.all(builds.map((options) => esbuild.build(options)));
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  await writeFile(new URL("dist/THIRD_PARTY_NOTICES.txt", import.meta.url), thirdPartyNotices(inputs));
}
