/** What SQLite says went wrong, by its primary result codes (sqlite.org/rescode.html). */

const CORRUPT = 11;
const NOT_A_DATABASE = 26;
/** BUSY, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: the disk's fault or another process's, not the statement's. */
const OF_THE_DISK = [5, 8, 10, CORRUPT, 13, 14, NOT_A_DATABASE];

/** The file is not what was written to it. */
export class DamagedError extends Error {
  override name = "DamagedError";
}

/** Whether a ledger's file is broken, as opposed to out of reach. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof DamagedError || code === CORRUPT || code === NOT_A_DATABASE;
}

/** Whether what could not be written might be later, if only once the file is mended. */
export function isOfTheDisk(error: unknown): boolean {
  return error instanceof DamagedError || OF_THE_DISK.includes(codeOf(error));
}

function codeOf(error: unknown): number {
  return Number((error as { errcode?: number }).errcode ?? 0) & 0xff;
}
