import type { DatabaseSync } from "node:sqlite";

/** Each step takes the ledger from its index to the next version (`PRAGMA user_version`). A step that was released is never changed. */
export const STEPS = [
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
  -- A checksum in every row that says something of money; more kinds of lines; a journal that forgets only what is over.
  DROP TRIGGER journal_is_append_only_u;
  DROP TRIGGER journal_is_append_only_d;
  ALTER TABLE journal RENAME TO journal_before;
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hold', 'grow', 'sent', 'settle', 'release', 'rebook', 'surrender', 'opening')),
    request TEXT NOT NULL,
    body TEXT,
    sum INTEGER NOT NULL
  ) STRICT;
  INSERT INTO journal SELECT seq, at, kind, request, body, row_sum(at, kind, request, body) FROM journal_before;
  -- From here on the spend of an advance is the sum of what the journal says.
  INSERT INTO journal (at, kind, request, body, sum)
    SELECT at, kind, request, body, row_sum(at, kind, request, body) FROM (
      SELECT strftime('%Y-%m-%dT%H:%M:%fZ') AS at, 'opening' AS kind, id AS request, json_object('spent', spent) AS body
      FROM advance WHERE finished = 0);
  DROP TABLE journal_before;
  -- Lines before this instant may go.
  CREATE TABLE retention (journal_before TEXT NOT NULL) STRICT;
  INSERT INTO retention VALUES ('');
  CREATE TRIGGER journal_is_append_only_u BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER journal_is_append_only_d BEFORE DELETE ON journal WHEN old.at >= (SELECT journal_before FROM retention)
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

  ALTER TABLE request ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
  UPDATE request SET sum = row_sum(id, body, sent);
  ALTER TABLE entry ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
  UPDATE entry SET sum = row_sum(id, account, advance, body);
  ALTER TABLE advance ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
  UPDATE advance SET sum = row_sum(id, remote, account, machine, unit, keys, granted, spent, returned, seq, finished);
  `,
  `
  -- Beside an entry, for this machine alone: the name of the workspace, and whether a flat-rate plan covered it.
  ALTER TABLE entry ADD COLUMN workspace TEXT;
  ALTER TABLE entry ADD COLUMN covered INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- The line of the journal up to which the tables of requests, entries and advances are made: they follow it many lines at a time.
  CREATE TABLE tabled (seq INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT;
  INSERT INTO tabled SELECT seq, row_sum(seq) FROM (SELECT COALESCE(MAX(seq), 0) AS seq FROM journal);
  `,
];

/** The version of a ledger: how many steps it has taken. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

/** The version that this product writes. */
export const NEWEST = STEPS.length;

/**
 * Brings a ledger to the newest version, a step and a transaction at a time. `backUp` is called before the first step that changes anything
 * that is there. Answers whether it was another version.
 * @throws Error when a newer product has written it
 */
export function migrate(database: DatabaseSync, backUp: (version: number) => void): boolean {
  const version = versionOf(database);
  if (version > NEWEST) throw new Error(`it was written by a newer version of Token Budget (schema ${version})`);
  if (version > 0 && version < NEWEST) backUp(version);
  for (let step = version; step < NEWEST; step++) {
    database.exec(`BEGIN IMMEDIATE; ${STEPS[step]} PRAGMA user_version = ${step + 1}; COMMIT;`);
  }
  return version < NEWEST;
}
