import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import cl100k_base from "js-tiktoken/ranks/cl100k_base";
import o200k_base from "js-tiktoken/ranks/o200k_base";
import p50k_base from "js-tiktoken/ranks/p50k_base";
import r50k_base from "js-tiktoken/ranks/r50k_base";
import { root } from "./root.ts";
import { packTokens, tokensOf } from "./tokens/pack.ts";

/**
 * Makes what counting needs (`dist/tokens`): the module, from `src/tokens/wasm`, and a packed table for each vocabulary. Runs before any
 * other script when one of its sources has changed (`scripts/setup.mjs`).
 */

const folder = join(root, "dist", "tokens");
mkdirSync(folder, { recursive: true });
for (const [name, ranks] of Object.entries({ o200k_base, cl100k_base, p50k_base, r50k_base }))
  writeFileSync(join(folder, `${name}.bin`), packTokens(tokensOf(ranks)));

const compiler = join(root, "node_modules", "assemblyscript", "bin", "asc.js");
const module = ["src/tokens/wasm/index.ts", "--outFile", "dist/tokens/counter.wasm"];
const fast = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "threads"];
const memory = ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "16384"];
const quiet = ["--disableWarning", "112"]; // vectors cross between the module's own files only
execFileSync(process.execPath, [compiler, ...module, ...fast, ...memory, ...quiet], { cwd: root, stdio: ["ignore", 2, 2] });
