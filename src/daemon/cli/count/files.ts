import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import picomatch from "picomatch";
import { filesIn } from "./folder.ts";

/** One thing to count. */
export interface Source {
  /** A path, or `-` for standard input. */
  file: string;
  /** It was named; the others were found in a folder or by a glob, where what is no text is no fault. */
  named: boolean;
}

/** The files that arguments name: themselves, those of a folder, or those that a glob matches. `faults` is for people, a line each. */
export async function sourcesOf(args: readonly string[]): Promise<{ sources: Source[]; faults: string[] }> {
  const sources: Source[] = [];
  const faults: string[] = [];
  for (const arg of args) {
    const { base, isGlob } = picomatch.scan(arg);
    const kind = arg === "-" ? "file" : await kindOf(arg);
    if (kind === "folder") for await (const path of filesIn(arg)) sources.push({ file: join(arg, path), named: false });
    else if (kind === "file" || !isGlob) sources.push({ file: arg, named: true });
    else {
      const found = await matching(arg, base);
      sources.push(...found.map((file) => ({ file, named: false })));
      if (found.length === 0) faults.push(`${arg}: matches no file`);
    }
  }
  return { sources, faults };
}

async function kindOf(path: string): Promise<"folder" | "file" | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats && (stats.isDirectory() ? "folder" : "file");
}

/** The files below `base` that a glob matches, but those that Git ignores. */
async function matching(glob: string, base: string): Promise<string[]> {
  const isMatch = picomatch(resolve(glob), { dot: true });
  const found: string[] = [];
  if ((await kindOf(base || ".")) !== "folder") return found;
  for await (const path of filesIn(base || ".")) {
    const file = join(base, path);
    if (isMatch(resolve(file))) found.push(file);
  }
  return found;
}
