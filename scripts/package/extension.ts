import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createVSIX } from "@vscode/vsce";
import { root } from "../root.ts";
import { type Files, vsixFaults } from "./rules.ts";
import { readZip } from "./zip.ts";

/** A finished artefact. */
export interface Artefact {
  /** The file, or the folder. */
  path: string;
  bytes: number;
  files: Files;
}

/**
 * Builds the production bundles and `token-budget-<version>.vsix` in the repository's folder, and checks it by size and content.
 * @throws Error with one line per fault
 */
export async function packageExtension(): Promise<Artefact> {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const path = join(root, `token-budget-${version}.vsix`);
  rmSync(path, { force: true });
  // Runs `vscode:prepublish` first, which builds.
  await createVSIX({
    cwd: root,
    packagePath: path,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const archive = readFileSync(path);
  const files = new Map(
    [...readZip(archive)].flatMap(([name, content]) =>
      name.startsWith("extension/") ? [[name.slice("extension/".length), content] as const] : [],
    ),
  );
  const faults = vsixFaults(files, archive.length);
  if (faults.length > 0) throw new Error(`${path} must not ship:\n${faults.join("\n")}`);
  return { path, bytes: archive.length, files };
}
