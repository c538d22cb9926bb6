import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "../../../scripts/root.ts";

const OURS = join(root, "dist", "bench", "ours.mjs");

/** Counts the tokens of a text in o200k_base. */
export type Count = (text: string) => number;

/** The engines: ours and its peers, each loaded only when it is measured. */
export const ENGINES = {
  /** As it ships: bundled (`bundleOurs`). */
  ours: async (): Promise<Count> => (await import(pathToFileURL(OURS).href)).load("o200k_base").count,
  tiktoken: async (): Promise<Count> => {
    const { get_encoding } = await import("tiktoken");
    const encoding = get_encoding("o200k_base");
    return (text) => encoding.encode_ordinary(text).length;
  },
  "gpt-tokenizer": async (): Promise<Count> => {
    const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
    const plain = { disallowedSpecial: new Set<string>() };
    return (text) => countTokens(text, plain);
  },
  "ai-tokenizer": async (): Promise<Count> => {
    const [{ Tokenizer }, encoding] = await Promise.all([import("ai-tokenizer"), import("ai-tokenizer/encoding/o200k_base")]);
    const tokenizer = new Tokenizer(encoding);
    return (text) => tokenizer.encode(text, [], []).length;
  },
  "js-tiktoken": async (): Promise<Count> => {
    const [{ Tiktoken }, { default: ranks }] = await Promise.all([
      import("js-tiktoken/lite"),
      import("js-tiktoken/ranks/o200k_base"),
    ]);
    const encoding = new Tiktoken(ranks);
    return (text) => encoding.encode(text, [], []).length;
  },
};
export type EngineName = keyof typeof ENGINES;

/** Bundles ours, so that its start is not that of a TypeScript source. */
export async function bundleOurs(): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, "ours.ts")],
    outfile: OURS,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    logLevel: "warning",
  });
}
