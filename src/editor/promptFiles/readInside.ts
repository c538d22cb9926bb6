import { constants, type Stats } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { isInside, type Refusal } from "./place.ts";

/** Bytes of a file that is counted, at most: some 300,000 tokens, more than most models take. */
export const LARGEST_FILE = 1 << 20;

/** A text of the workspace. */
export interface ReadText {
  /** Its path without symbolic links. */
  real: string;
  text: string;
}

/** Bytes of the workspace. */
export interface ReadBytes {
  /** Their file's path without symbolic links. */
  real: string;
  bytes: Buffer;
}

/** Reads a text file that must lie inside one of `roots` (absolute, without symbolic links). */
export async function readInside(place: string, roots: readonly string[]): Promise<ReadText | Refusal> {
  const read = await readBytesInside(place, roots, LARGEST_FILE);
  if (typeof read === "string") return read;
  const { real, bytes } = read;
  return bytes.includes(0) ? "binary" : { real, text: bytes.toString("utf8") };
}

/**
 * Reads a file of at most `limit` bytes likewise. Nothing but a regular file is opened: a pipe would keep us waiting, a device might do
 * anything.
 */
export async function readBytesInside(place: string, roots: readonly string[], limit: number): Promise<ReadBytes | Refusal> {
  try {
    const real = await realpath(place);
    if (!roots.some((root) => isInside(root, real, path))) return "outside";
    const refused = refusalBy(await stat(real), limit);
    if (refused) return refused;
    const bytes = await readRegular(real, limit);
    return typeof bytes === "string" ? bytes : { real, bytes };
  } catch (error) {
    return refusalAfter(error);
  }
}

/** Reads a path without links; whoever puts one there meanwhile gains nothing, for what was opened must be what is there. */
async function readRegular(real: string, limit: number): Promise<Buffer | Refusal> {
  // Not to wait for a pipe's other end, should the file have become one. Windows has neither flag.
  const file = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  try {
    const opened = await file.stat();
    const isSame = (await realpath(real)) === real && isSameFile(opened, await stat(real));
    if (!isSame) return "outside";
    return refusalBy(opened, limit) ?? (await readBytes(file, opened.size));
  } finally {
    await file.close();
  }
}

/** At most `size` bytes: a file that grows meanwhile is read as it was. */
async function readBytes(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

function refusalBy(found: Stats, limit: number): Refusal | undefined {
  if (found.isDirectory()) return "folder";
  if (!found.isFile()) return "notRegular";
  return found.size > limit ? "tooLarge" : undefined;
}

function isSameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function refusalAfter(error: unknown): Refusal {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ENAMETOOLONG" ? "missing" : "unreadable";
}
