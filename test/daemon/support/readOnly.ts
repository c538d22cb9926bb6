import * as sqlite from "node:sqlite";
import type { Sqlite } from "../../../src/daemon/ledger/database.ts";

class ReadOnly extends sqlite.DatabaseSync {
  constructor(path: string) {
    super(path, { readOnly: true });
  }
}

/** node:sqlite on a disk that cannot be written. */
export const READ_ONLY: Sqlite = { ...sqlite, DatabaseSync: ReadOnly };
