import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";

type Value = string | number | null;

/** The checksum that a row of the ledger carries: CRC-32 of its values, a line each. SQLite alone does not see a flipped bit in a text. */
export function sumOf(...values: Value[]): number {
  return crc32(values.map((value) => value ?? "").join("\n"));
}

/** What is summed of each table that says something of money. */
export const SUMMED = {
  journal: ["at", "kind", "request", "body"],
  request: ["id", "body", "sent"],
  entry: ["id", "account", "advance", "body"],
  advance: ["id", "remote", "account", "machine", "unit", "keys", "granted", "spent", "returned", "seq", "finished"],
  tabled: ["seq"],
} as const;
export type SummedTable = keyof typeof SUMMED;

/** Lets SQL compute checksums, as `row_sum(…)`. */
export function addSumFunction(database: DatabaseSync): void {
  database.function("row_sum", { deterministic: true, varargs: true }, (...values) => sumOf(...(values as Value[])));
}

/** Whether a row, read from `table` whole, is what was written. */
export function isIntact(table: SummedTable, row: Record<string, unknown>): boolean {
  return row.sum === sumOf(...SUMMED[table].map((column) => row[column] as Value));
}
