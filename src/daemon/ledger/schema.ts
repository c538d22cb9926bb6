import type { DatabaseSync } from "node:sqlite";

/** Each step takes the ledger from its index to the next version (`PRAGMA user_version`). A step that was released is never changed. */
const STEPS = [
  `
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hold', 'grow', 'sent', 'settle', 'release', 'rebook')),
    request TEXT NOT NULL,
    body TEXT
  ) STRICT;
  CREATE TRIGGER journal_is_append_only_u BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER journal_is_append_only_d BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

  -- Caches of the journal: requests under way, and entries on their way to the endpoint.
  CREATE TABLE request (id TEXT PRIMARY KEY, body TEXT NOT NULL, sent INTEGER NOT NULL) STRICT;
  CREATE TABLE entry (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    advance TEXT NOT NULL,
    usage_source TEXT NOT NULL,
    delivered INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entry_undelivered ON entry (account, advance) WHERE delivered = 0;

  CREATE TABLE advance (
    id TEXT PRIMARY KEY,
    remote TEXT,
    account TEXT NOT NULL,
    machine TEXT NOT NULL,
    unit TEXT NOT NULL,
    keys TEXT NOT NULL,
    granted TEXT NOT NULL,
    spent TEXT NOT NULL,
    returned TEXT NOT NULL,
    seq INTEGER NOT NULL,
    finished INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE snapshot (account TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (account, name)) STRICT;
  `,
  `
  -- How long answers have been, by kind of request and model: histograms, no single request.
  CREATE TABLE output_history (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  `,
  `
  -- Entries by the instant of their hold: what a period has spent, and history.
  ALTER TABLE entry ADD COLUMN at TEXT NOT NULL DEFAULT '';
  UPDATE entry SET at = json_extract(body, '$.at');
  CREATE INDEX entry_by_time ON entry (account, at);
  `,
  `
  -- Beside an entry, for this machine alone: the name of the workspace, and whether a flat-rate plan covered it.
  ALTER TABLE entry ADD COLUMN workspace TEXT;
  ALTER TABLE entry ADD COLUMN covered INTEGER NOT NULL DEFAULT 0;
  `,
];

/** Brings a ledger to the newest version. @throws when a newer product has written it */
export function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (version > STEPS.length) throw new Error(`it was written by a newer version of Token Budget (schema ${version})`);
  for (let step = version; step < STEPS.length; step++) {
    database.exec(`BEGIN IMMEDIATE; ${STEPS[step]} PRAGMA user_version = ${step + 1}; COMMIT;`);
  }
}
