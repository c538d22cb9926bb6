import { globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../root.ts";

const folder = join(root, "test", "editor");

/** Bundles the editor tests into the one module that an extension host loads; returns its path. */
export async function bundleEditorTests(): Promise<string> {
  const outfile = join(root, "dist", "test", "editor.cjs");
  const files = globSync("**/*.test.ts", { cwd: folder }).sort();
  mkdirSync(join(root, "dist", "test"), { recursive: true });
  await build({
    stdin: {
      contents: [
        'import { run as runWith } from "./index.ts";',
        `export const run = () => runWith(() => { ${files.map((file) => `require(${JSON.stringify(`./${file}`)});`).join(" ")} });`,
      ].join("\n"),
      resolveDir: folder,
      sourcefile: "all-editor-tests.ts",
      loader: "ts",
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  return outfile;
}

if (import.meta.main) console.log(await bundleEditorTests());
