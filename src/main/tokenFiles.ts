import { readFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import type { ReadTokenFile } from "../tokens/counter.ts";

/** The folder of what counting needs (`scripts/tokens.ts`): beside the bundle `script`, or this repository's where it is a source. */
export function tokenFolder(script: string): string {
  const folder = dirname(script);
  return extname(script) === ".ts" ? join(folder, "..", "..", "dist", "tokens") : join(folder, "tokens");
}

export function readTokenFilesFrom(folder: string): ReadTokenFile {
  return (name) => readFile(join(folder, name)) as Promise<Buffer<ArrayBuffer>>;
}
