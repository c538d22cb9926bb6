import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../root.ts";

/** The names of the modules in a folder of the repository, e.g. `test/bench`; tests are none. */
export function namesIn(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map(({ name }) => name.slice(0, -".ts".length))
    .sort();
}

/**
 * Loads `folder/name.ts`, which must export the function `what`.
 * @throws Error that lists the names there are, or says what is not exported
 */
export async function load<F>(folder: string, name: string, what: string): Promise<F> {
  const names = namesIn(folder);
  if (!names.includes(name)) throw new Error(`There is no ${folder}/${name}.ts. There is: ${names.join(", ") || "nothing yet"}`);
  const module = await import(pathToFileURL(join(root, folder, `${name}.ts`)).href);
  if (typeof module[what] !== "function") throw new Error(`${folder}/${name}.ts does not export a function ${what}.`);
  return module[what];
}
