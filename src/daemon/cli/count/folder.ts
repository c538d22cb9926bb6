import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import ignore, { type Ignore } from "ignore";

/** The rules of one `.gitignore`, for paths below its folder. */
interface Rules {
  folder: string;
  rules: Ignore;
}

/**
 * The files below a folder, as paths in it, in the order of their names: without those that Git ignores (`.gitignore` here, above and
 * below, and `.git/info/exclude`), Git's own, and links. A folder that may not be read is left out.
 */
export async function* filesIn(folder: string): AsyncGenerator<string> {
  const top = resolve(folder);
  yield* walk(top, top, await rulesAbove(top));
}

async function* walk(folder: string, top: string, above: readonly Rules[]): AsyncGenerator<string> {
  const all = [...above, ...(await rulesIn(join(folder, ".gitignore"), folder))];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name === ".git" || isIgnored(path, entry.isDirectory(), all)) continue;
    if (entry.isDirectory()) yield* walk(path, top, all);
    else if (entry.isFile()) yield relative(top, path);
  }
}

/** The rules of the folders above one, up to the root of its repository; none outside of one. */
async function rulesAbove(folder: string): Promise<Rules[]> {
  const root = rootOf(folder);
  if (!root) return [];
  const found = await rulesIn(join(root, ".git", "info", "exclude"), root);
  for (let at = root; at !== folder; at = join(at, relative(at, folder).split(sep)[0]!))
    found.push(...(await rulesIn(join(at, ".gitignore"), at)));
  return found;
}

function rootOf(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : rootOf(parent);
}

async function rulesIn(file: string, folder: string): Promise<Rules[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text ? [{ folder, rules: ignore().add(text) }] : [];
}

/** The last rule that says something of a path decides, those of deeper folders after those of higher ones. */
function isIgnored(path: string, isFolder: boolean, all: readonly Rules[]): boolean {
  let ignored = false;
  for (const { folder, rules } of all) {
    const verdict = rules.test(relative(folder, path).split(sep).join("/") + (isFolder ? "/" : ""));
    if (verdict.ignored) ignored = true;
    if (verdict.unignored) ignored = false;
  }
  return ignored;
}
