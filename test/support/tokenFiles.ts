import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../scripts/root.ts";

/** Reads what counting needs, as `scripts/tokens.ts` has made it. */
export function readTokenFile(name: string): Promise<Buffer<ArrayBuffer>> {
  return readFile(join(root, "dist", "tokens", name)) as Promise<Buffer<ArrayBuffer>>;
}
