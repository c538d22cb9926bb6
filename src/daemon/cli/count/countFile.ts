import { stat } from "node:fs/promises";
import { isSurelyAtMost } from "../../../tokens/bound.ts";
import type { Counter } from "../../../tokens/counter.ts";
import { contentShares, type Shares } from "../../../tokens/estimate/contentClass.ts";
import { readText, UnreadableError } from "../readText.ts";

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
    const text = await readText(file);
    if (isSurelyAtMost(text, over)) return { isBelow: true };
    return { tokens: counter.count(text), ...(withShares && { shares: contentShares([text]) }) };
  } catch (error) {
    if (error instanceof UnreadableError) return { fault: error.message, isText: error.isText };
    return { fault: (error as Error).message, isText: true };
  }
}

/** Whether a file has no more than `bytes` bytes, and hence no more tokens. */
async function isSmall(file: string, bytes: number): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined); // reading it will say why
  return stats?.isFile() === true && stats.size <= bytes;
}
