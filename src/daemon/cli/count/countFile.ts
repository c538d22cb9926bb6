import { readFile, stat } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { isSurelyAtMost } from "../../../tokens/bound.ts";
import type { Counter } from "../../../tokens/counter.ts";
import { contentShares, type Shares } from "../../../tokens/estimate/contentClass.ts";

/** A file's tokens, and what it is made of, where that was asked for. */
export interface FileTokens {
  tokens: number;
  shares?: Shares;
}

/**
 * What came of counting a file: its tokens, or why it has none, for people; `isText` is false where the bytes are no text. `isBelow`: it has no
 * more than was asked about.
 */
export type FileCount = FileTokens | { isBelow: true } | { fault: string; isText: boolean };

/** What is asked of a file. */
export interface Asked {
  /** Say what it is made of, which only estimates need. */
  withShares: boolean;
  /** Only whether it has more tokens than this, where that is told without counting. */
  over?: number | undefined;
}

/** Counts a file, or standard input (`-`). */
export async function countFile(file: string, counter: Counter, { withShares, over = -1 }: Asked): Promise<FileCount> {
  try {
    if (over >= 0 && file !== "-" && (await isSmall(file, over))) return { isBelow: true };
    const bytes = file === "-" ? await buffer(process.stdin) : await readFile(file);
    if (bytes.includes(0)) return { fault: "is a binary file", isText: false };
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (isSurelyAtMost(text, over)) return { isBelow: true };
    return { tokens: counter.count(text), ...(withShares && { shares: contentShares([text]) }) };
  } catch (error) {
    return { fault: reasonOf(error as NodeJS.ErrnoException), isText: !isDecoding(error) };
  }
}

/** Whether a file has no more than `bytes` bytes, and hence no more tokens. */
async function isSmall(file: string, bytes: number): Promise<boolean> {
  const stats = await stat(file);
  return stats.isFile() && stats.size <= bytes;
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
