import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Counter, createCounter } from "../../../src/tokens/counter.ts";
import { createDocumentCounter } from "../../../src/tokens/document.ts";
import type { EncodingName } from "../../../src/tokens/encoding.ts";

export { createDocumentCounter };

/** Our counter, from `dist/tokens` beside the bundle's folder. */
export function load(encoding: EncodingName): Counter {
  const read = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../tokens/${name}`, import.meta.url))) as Buffer<ArrayBuffer>;
  return createCounter(encoding, read("counter.wasm"), read("o200k_base.bin"));
}
