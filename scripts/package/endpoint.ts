import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../root.ts";
import type { Artefact } from "./extension.ts";
import { type EndpointManifest, endpointFaults } from "./rules.ts";

const NAME = "token-budget-endpoint";

/**
 * Builds the endpoint's npm package into `dist/endpoint-package`: one bundle of our code, and a package.json that pins each
 * package that the bundle imports to the lock file's version. Checks it by content.
 * @throws Error with one line per fault
 */
export async function packageEndpoint(folder = join(root, "dist", "endpoint-package")): Promise<Artefact> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const imported = await bundle(join(folder, "endpoint.mjs"));
  const manifest = manifestFor(imported);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  writeFileSync(join(folder, "README.md"), README);
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
  const faults = endpointFaults(files, manifest, imported);
  if (faults.length > 0) throw new Error(`${folder} must not ship:\n${faults.join("\n")}`);
  return { path: folder, bytes: [...files.values()].reduce((sum, { length }) => sum + length, 0), files };
}

/** Bundles our own code; answers the packages that it imports. */
async function bundle(outfile: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/main/endpoint.ts"],
    outfile,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    packages: "external",
    legalComments: "none",
    logLevel: "error",
    metafile: true,
  });
  const code = readFileSync(outfile, "utf8").replace(/^#!.*\n/, "");
  writeFileSync(outfile, `#!/usr/bin/env node\n${code}`, { mode: 0o755 });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return [...new Set(imports.filter((path) => !isBuiltin(path)).map(packageOf))].sort();
}

/** `@scope/name/part` as `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function manifestFor(imported: readonly string[]): EndpointManifest & Record<string, unknown> {
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return {
    name: NAME,
    version,
    description: "The team's server of Token Budget: people, policy, allowances and the ledger.",
    license,
    type: "module",
    engines: { node: ">=22" },
    bin: { [NAME]: "endpoint.mjs" },
    dependencies: Object.fromEntries(imported.map((name) => [name, packages[`node_modules/${name}`]?.version ?? "not locked"])),
  };
}

const README = `# token-budget-endpoint

The team's server of Token Budget: people, policy, allowances and the ledger. \`token-budget-endpoint serve\` starts it with an embedded store for trying out,
or over PostgreSQL where \`DATABASE_URL\` is set; \`token-budget-endpoint --help\` lists the rest.
`;
