import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import type { Counter } from "../../../tokens/counter.ts";
import { contentShares, type Shares } from "../../../tokens/estimate/contentClass.ts";

/** A file's tokens, and what it is made of, where that was asked for. */
export interface FileTokens {
  tokens: number;
  shares?: Shares;
}

/** What came of counting a file: its tokens, or why it has none, for people; `isText` is false where the bytes are no text. */
export type FileCount = FileTokens | { fault: string; isText: boolean };

/** Counts a file, or standard input (`-`); `withShares`: says what it is made of, too. */
export async function countFile(file: string, counter: Counter, withShares: boolean): Promise<FileCount> {
  try {
    const bytes = file === "-" ? await buffer(process.stdin) : await readFile(file);
    if (bytes.includes(0)) return { fault: "is a binary file", isText: false };
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { tokens: counter.count(text), ...(withShares && { shares: contentShares([text]) }) };
  } catch (error) {
    return { fault: reasonOf(error as NodeJS.ErrnoException), isText: !isDecoding(error) };
  }
}

function isDecoding(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA";
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (isDecoding(error)) return "is no UTF-8 text";
  if (error.code === "ENOENT") return "no such file";
  if (error.code === "EISDIR") return "is a folder";
  if (error.code === "EACCES") return "may not be read";
  return error.message;
}
