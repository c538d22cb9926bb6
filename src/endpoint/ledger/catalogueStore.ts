import type { Catalogue } from "../../prices/catalogue.ts";
import { readCatalogue } from "../../prices/refreshed.ts";
import type { Sql } from "../store/store.ts";

/** The refreshed catalogue as the store keeps it, for all endpoint processes on it. */

interface Row {
  body: unknown;
  as_of: string | null;
  etag: string | null;
}

export interface Stored {
  /** Undefined as long as none was got that could be read. */
  catalogue: Catalogue | undefined;
  etag: string | undefined;
}

export async function storedCatalogue(sql: Sql): Promise<Stored> {
  const [row] = await sql.query<Row>("select body, as_of, etag from catalogue");
  if (!row?.body || row.as_of === null) return { catalogue: undefined, etag: undefined };
  return { catalogue: readCatalogue(row.body, row.as_of), etag: row.etag ?? undefined };
}

/** The newer of two editions. */
export function newest(bundled: Catalogue, stored: Catalogue | undefined): Catalogue {
  return stored && stored.asOf > bundled.asOf ? stored : bundled;
}

/**
 * Lets one process have the next try, if the last one began before `before`; the others see it as made. What it comes to is
 * written by `saveCatalogue`, or not at all.
 */
export async function claimTry(sql: Sql, now: Date, before: Date): Promise<boolean> {
  const rows = await sql.query(
    `insert into catalogue (tried_at) values ($1)
     on conflict (the_one) do update set tried_at = excluded.tried_at where catalogue.tried_at <= $2 returning the_one`,
    [now, before],
  );
  return rows.length > 0;
}

/** Dates the last try back, so that the next one may be made sooner. */
export async function setTried(sql: Sql, at: Date): Promise<void> {
  await sql.query("update catalogue set tried_at = $1", [at]);
}

export async function saveCatalogue(sql: Sql, { providers, asOf }: Catalogue, etag: string | undefined): Promise<void> {
  await sql.query("update catalogue set body = $1::jsonb, as_of = $2, etag = $3", [
    JSON.stringify(providers),
    asOf,
    etag ?? null,
  ]);
}

/**
 * Says which prices are published now, and answers which were before: to the one process that says so first after others were; never for
 * the first ever.
 */
export async function claimPublishing(sql: Sql, priceRef: string): Promise<string | undefined> {
  const [changed] = await sql.query<{ before: string }>(
    `update catalogue set published = $1 from (select published as before from catalogue for update) as were
     where published <> $1 returning before`,
    [priceRef],
  );
  if (changed) return changed.before;
  await sql.query(
    `insert into catalogue (tried_at, published) values ('epoch', $1)
     on conflict (the_one) do update set published = excluded.published where catalogue.published is null`,
    [priceRef],
  );
  return undefined;
}

/** Publishing failed: those of before are the published ones, so that somebody tries again. */
export async function unclaimPublishing(sql: Sql, priceRef: string, before: string): Promise<void> {
  await sql.query("update catalogue set published = $2 where published = $1", [priceRef, before]);
}
