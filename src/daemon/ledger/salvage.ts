import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { Row, Sqlite } from "./database.ts";
import type { Line } from "./rows.ts";
import { isIntact, SUMMED, type SummedTable } from "./sum.ts";

const TABLES = ["journal", "request", "entry", "advance", "tabled", "snapshot", "output_history"] as const;
type Table = (typeof TABLES)[number];

/** What could be read of a broken ledger, by table. */
export type Salvage = Record<Table, Row[]>;

/** Reads all that is whole of the ledger at `file`, and changes nothing. */
export function salvage(file: string, { DatabaseSync }: Sqlite): Salvage {
  const found = Object.fromEntries(TABLES.map((table) => [table, [] as Row[]])) as Salvage;
  // On a disk that cannot be written, SQLite reads only what it is told that nobody writes.
  for (const place of [file, Object.assign(pathToFileURL(file), { search: "immutable=1" })]) {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(place, { readOnly: true });
      database.prepare("SELECT name FROM sqlite_schema").all();
      for (const table of TABLES) found[table] = rowsOf(database, table).filter((row) => isWhole(table, row));
      break;
    } catch {
      // Not in this way.
    } finally {
      database?.close();
    }
  }
  return found;
}

/** The lines of the journal that the tables were not brought up to, as far as that is known. */
export function tailOf({ journal, tabled }: Pick<Salvage, "journal" | "tabled">): Line[] {
  const [mark] = tabled;
  return (mark ? journal.filter(({ seq }) => (seq as number) > (mark.seq as number)) : []) as unknown as Line[];
}

/** From both ends, up to where the table is broken. */
function rowsOf(database: DatabaseSync, table: Table): Row[] {
  const found = new Map<unknown, Row>();
  for (const order of ["ASC", "DESC"]) {
    try {
      const rows = database.prepare(`SELECT rowid AS place, * FROM ${table} ORDER BY rowid ${order}`).iterate();
      for (const row of rows) found.set(row.place, row);
      break;
    } catch {
      // What lies behind is read from the other end.
    }
  }
  return [...found.values()].sort((a, b) => Number(a.place) - Number(b.place));
}

/** Ledgers before version 4 have no checksums. */
function isWhole(table: Table, row: Row): boolean {
  return !("sum" in row) || !(table in SUMMED) || isIntact(table as SummedTable, row);
}
