import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { loadCatalogue } from "../../prices/catalogue.ts";
import { findPrice } from "../../prices/find.ts";
import { type Counter, loadCounter, type ReadTokenFile } from "../../tokens/counter.ts";
import { BASE_ENCODING, ENCODINGS, type EncodingName, encodingForModel } from "../../tokens/encoding.ts";
import { estimateTokens } from "../../tokens/estimate.ts";
import type { Terminal } from "./terminal.ts";
import { columns } from "./text.ts";

export interface CountOptions {
  encoding?: string;
  model?: string;
  json?: boolean;
}

/** One file's count, as `--json` prints it. */
interface Count {
  file: string;
  encoding: EncodingName;
  tokens: number;
  exact: boolean;
  low: number;
  high: number;
}

/**
 * `count`: tokens of files, or of standard input (`-`). Answers the exit code: 1 when a file could not be counted (the others
 * are), 2 when the encoding or model makes no sense.
 */
export async function count(files: string[], options: CountOptions, read: ReadTokenFile, terminal: Terminal): Promise<number> {
  const encoding = chosenEncoding(options);
  if (!encoding) {
    terminal.err(`unknown encoding: ${options.encoding} (there are ${ENCODINGS.join(" and ")})`);
    return 2;
  }
  if (options.model !== undefined && !(await isKnown(options.model))) {
    terminal.err(`unknown model: ${options.model} (count in an encoding instead, with --encoding ${ENCODINGS.join(" or ")})`);
    return 2;
  }
  const counter = await loadCounter(encoding, read);
  const counts: Count[] = [];
  let failed = false;
  for (const file of files) {
    try {
      counts.push(countText(file, decode(await bytesOf(file)), counter, options.model));
    } catch (error) {
      terminal.err(`${file}: ${reasonOf(error)}`);
      failed = true;
    }
  }
  terminal.out(options.json ? JSON.stringify(counts, undefined, 2) : table(counts));
  return failed ? 1 : 0;
}

function chosenEncoding({ encoding, model }: CountOptions): EncodingName | undefined {
  if (encoding !== undefined) return ENCODINGS.find((name) => name === encoding);
  return (model !== undefined && encodingForModel(model)) || BASE_ENCODING;
}

/** A mistyped name must not pass for a model that merely has no public tokenizer. */
async function isKnown(model: string): Promise<boolean> {
  if (encodingForModel(model) || /^(.*\/)?(claude|gemini)-/.test(model.toLowerCase())) return true; // new ones come before a catalogue does
  return findPrice(await loadCatalogue(), { provider: "", model }) !== undefined;
}

function bytesOf(file: string): Promise<Buffer> {
  return file === "-" ? buffer(process.stdin) : readFile(file);
}

/** @throws Error when the bytes are no text */
function decode(bytes: Buffer): string {
  if (bytes.includes(0)) throw new Error("is a binary file");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("is no UTF-8 text");
  }
}

function countText(file: string, text: string, { encoding, count }: Counter, model: string | undefined): Count {
  const base = count(text);
  const { low, likely, high, exact } = model === undefined ? exactly(base) : estimateTokens(base, model);
  return { file, encoding, tokens: likely, exact, low, high };
}

function exactly(tokens: number) {
  return { low: tokens, likely: tokens, high: tokens, exact: true };
}

function table(counts: Count[]): string {
  const rows = counts.map(({ file, tokens, exact, low, high }) => row(file, tokens, exact, low, high));
  if (counts.length > 1) {
    const sum = (of: (one: Count) => number) => counts.reduce((total, one) => total + of(one), 0);
    const exact = counts.every((one) => one.exact);
    rows.push(
      row(
        "total",
        sum((one) => one.tokens),
        exact,
        sum((one) => one.low),
        sum((one) => one.high),
      ),
    );
  }
  return columns(rows, ["right", "left", "left"]).join("\n");
}

function row(file: string, tokens: number, exact: boolean, low: number, high: number): string[] {
  const show = (value: number) => value.toLocaleString("en-US");
  return [`${exact ? "" : "~"}${show(tokens)}`, exact ? "" : `(${show(low)}–${show(high)})`, file];
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "is a folder";
  if (code === "EACCES") return "may not be read";
  return message;
}
