import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";

/** A file has no text for us; the message says why, for people. */
export class UnreadableError extends Error {
  /** False where its bytes are no text. */
  readonly isText: boolean;
  constructor(message: string, isText: boolean) {
    super(message);
    this.isText = isText;
  }
}

/** The text of a file, or of standard input (`-`). @throws UnreadableError */
export async function readText(file: string): Promise<string> {
  const bytes = await (file === "-" ? buffer(process.stdin) : readFile(file)).catch((error: NodeJS.ErrnoException) => {
    throw new UnreadableError(reasonOf(error), true);
  });
  if (bytes.includes(0)) throw new UnreadableError("is a binary file", false);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnreadableError("is no UTF-8 text", false);
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "no such file";
  if (error.code === "EISDIR") return "is a folder";
  if (error.code === "EACCES") return "may not be read";
  return error.message;
}
