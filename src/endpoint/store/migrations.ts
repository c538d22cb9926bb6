import type { Store } from "./store.ts";
import { StoreError } from "./store.ts";

/** Version 1. Amounts are whole nano of their unit. `entry`, `entry_allowance` and `policy` are append-only; balances are a cache of them. */
const VERSION_1 = [
  `create table team (
    id text primary key,
    name text not null unique,
    time_zone text not null,
    policy_version integer not null default 0,
    event_seq integer not null default 0,
    created_at timestamptz not null
  )`,
  `create table person (
    id text primary key,
    team text not null references team,
    name text not null,
    email text,
    role text not null check (role in ('lead', 'developer')),
    created_at timestamptz not null
  )`,
  "create unique index person_email on person (team, lower(email))",
  `create table token (
    id text primary key,
    hash text not null unique,
    person text not null references person,
    created_at timestamptz not null,
    revoked_at timestamptz
  )`,
  `create table policy (
    team text not null references team,
    version integer not null,
    document jsonb not null,
    author text not null,
    note text not null,
    created_at timestamptz not null,
    primary key (team, version)
  )`,
  `create table allowance (
    key text primary key,
    team text not null references team,
    rule text not null,
    subject text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    unit text not null check (unit in ('usd', 'tokens')),
    "limit" numeric(38, 0) not null,
    spend numeric(38, 0) not null default 0,
    held numeric(38, 0) not null default 0 check (held >= 0)
  )`,
  `create table advance (
    id text primary key,
    team text not null references team,
    person text not null references person,
    machine text not null,
    unit text not null check (unit in ('usd', 'tokens')),
    rules text not null,
    granted numeric(38, 0) not null default 0,
    spent numeric(38, 0) not null default 0,
    returned numeric(38, 0) not null default 0,
    open numeric(38, 0) not null default 0,
    seq bigint not null default 0,
    state text not null default 'open' check (state in ('open', 'draining', 'closed')),
    created_at timestamptz not null,
    last_seen timestamptz not null,
    deadline timestamptz not null
  )`,
  "create index advance_of_team on advance (team) where state <> 'closed'",
  `create table advance_allowance (
    advance text not null references advance,
    key text not null references allowance,
    primary key (advance, key)
  )`,
  "create index advance_by_allowance on advance_allowance (key)",
  `create table entry (
    team text not null references team,
    id uuid not null,
    kind text not null check (kind in ('settle', 'import', 'adjustment', 'duplicate', 'opening', 'debt')),
    refers_to uuid,
    person text references person,
    advance text references advance,
    origin text,
    provider text,
    model text,
    service_tier text,
    input bigint not null default 0,
    cache_read bigint not null default 0,
    cache_write_5m bigint not null default 0,
    cache_write_1h bigint not null default 0,
    output bigint not null default 0,
    audio_in bigint not null default 0,
    audio_out bigint not null default 0,
    calls jsonb,
    usage_source text,
    provider_request_id text,
    machine_cost numeric(38, 0) not null default 0,
    cost numeric(38, 0) not null default 0,
    tokens numeric(38, 0) not null default 0,
    machine_price_ref text,
    price_ref text,
    held_usd numeric(38, 0) not null default 0,
    held_tokens numeric(38, 0) not null default 0,
    policy_version integer not null,
    at timestamptz not null,
    received_at timestamptz not null,
    primary key (team, id),
    unique (team, provider, provider_request_id)
  )`,
  "create index entry_by_time on entry (team, at)",
  `create table entry_allowance (
    team text not null,
    entry uuid not null,
    key text not null references allowance,
    amount numeric(38, 0) not null,
    primary key (team, entry, key),
    foreign key (team, entry) references entry (team, id)
  )`,
  "create index entry_by_allowance on entry_allowance (key)",
  `create table event (
    team text not null references team,
    seq integer not null,
    name text not null,
    body jsonb not null,
    created_at timestamptz not null,
    primary key (team, seq)
  )`,
  `create table idempotency (
    principal text not null,
    route text not null,
    key text not null,
    body_hash text not null,
    status integer not null,
    response jsonb not null,
    created_at timestamptz not null,
    primary key (principal, route, key)
  )`,
  `create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end
  $$`,
  ...["policy", "entry", "entry_allowance"].map(
    (table) =>
      `create trigger append_only before update or delete or truncate on ${table} for each statement execute function refuse_change()`,
  ),
];

/** The refreshed catalogue of prices, one for all teams; entries whose price was not known, to be priced again when it is. */
const VERSION_2 = [
  `create table catalogue (
    the_one boolean primary key default true check (the_one),
    body jsonb,
    as_of text,
    etag text,
    tried_at timestamptz not null,
    published text
  )`,
  "alter table entry add column price_known boolean not null default true",
  "create index entry_unpriced on entry (team) where not price_known",
  "create index entry_repriced on entry (team, refers_to) where kind = 'repriced'",
  "alter table entry drop constraint entry_kind_check",
  `alter table entry add constraint entry_kind_check
     check (kind in ('settle', 'import', 'adjustment', 'repriced', 'duplicate', 'opening', 'debt'))`,
];

/**
 * Amounts come with their entry, in one transaction, for allowances that it has locked: looking both up again for every amount took a
 * fourth of the time that a batch takes (measured), and far more on tables that have no statistics yet.
 */
const VERSION_3 = [
  "alter table entry_allowance drop constraint entry_allowance_key_fkey",
  "alter table entry_allowance drop constraint entry_allowance_team_entry_fkey",
];

/** Figures of their own: usage above its holds, and what a period repays for the one before (`carries`). */
const VERSION_4 = [
  "alter table allowance add column overshoot numeric(38, 0) not null default 0",
  "alter table allowance add column debt numeric(38, 0) not null default 0",
  "alter table allowance add column carries text references allowance",
  "create index allowance_carrying on allowance (carries) where carries is not null",
  "create index allowance_of_rule on allowance (team, rule, subject, period_start)",
];

/** Requests for more (`grant` is a word of SQL's), and who decided what. A grant names its allowance's row, which may be made later. */
const VERSION_5 = [
  `create table allowance_grant (
    id text primary key,
    team text not null references team,
    person text not null references person,
    key text not null,
    rule text not null,
    name text not null,
    unit text not null check (unit in ('usd', 'tokens')),
    amount numeric(38, 0) not null check (amount > 0),
    reason text not null,
    until timestamptz not null,
    state text not null check (state in ('requested', 'approved', 'denied', 'cancelled')),
    created_at timestamptz not null,
    decided_at timestamptz,
    decided_by text references person
  )`,
  "create index allowance_grant_approved on allowance_grant (key) where state = 'approved'",
  "create index allowance_grant_of_team on allowance_grant (team, created_at)",
  `create table audit (
    id bigint generated always as identity primary key,
    team text not null references team,
    at timestamptz not null,
    actor text references person,
    action text not null,
    subject text not null,
    details jsonb not null
  )`,
  "create index audit_of_team on audit (team, id)",
  "create trigger append_only before update or delete or truncate on audit for each statement execute function refuse_change()",
];

/** The work that a request was for, where the team's policy shares it. */
const VERSION_6 = ["project", "purpose", "branch", "issue"].map((column) => `alter table entry add column ${column} text`);

/** What people's pseudonyms are made with: a random key for each team, which no answer has in it. */
const VERSION_7 = [
  "alter table team add column pseudonym_key text not null default gen_random_uuid()::text || gen_random_uuid()::text",
];

/** What may be used beyond a limit. */
const VERSION_8 = ["alter table allowance add column overdraft numeric(38, 0) not null default 0"];

/** Raises that people took themselves. */
const VERSION_9 = ["alter table allowance_grant add column break_glass boolean not null default false"];

/** Rows that many want may be split (`ledger/subRows.ts`); and allowances with what their sub-rows count, for who only looks. */
const VERSION_10 = [
  "alter table allowance add column split boolean not null default false",
  `create table allowance_sub_row (
    key text not null references allowance,
    number integer not null,
    share numeric(38, 0) not null,
    spend numeric(38, 0) not null default 0,
    held numeric(38, 0) not null default 0,
    overshoot numeric(38, 0) not null default 0,
    primary key (key, number)
  )`,
  `create view whole_allowance as
   select key, team, rule, subject, period_start, period_end, unit, "limit", overdraft, carries, debt,
     allowance.spend + coalesce(sub.spend, 0) as spend, allowance.held + coalesce(sub.held, 0) as held,
     allowance.overshoot + coalesce(sub.overshoot, 0) as overshoot
   from allowance left join lateral (
     select sum(spend) as spend, sum(held - share) as held, sum(overshoot) as overshoot
     from allowance_sub_row where allowance_sub_row.key = allowance.key
   ) as sub on allowance.split`,
];

/** Two people's requests are never the same one, though a gateway may number them alike. */
const VERSION_11 = [
  "create unique index entry_of_request on entry (team, person, provider, provider_request_id)",
  "alter table entry drop constraint entry_team_provider_provider_request_id_key",
];

const MIGRATIONS: readonly (readonly string[])[] = [
  VERSION_1,
  VERSION_2,
  VERSION_3,
  VERSION_4,
  VERSION_5,
  VERSION_6,
  VERSION_7,
  VERSION_8,
  VERSION_9,
  VERSION_10,
  VERSION_11,
];

/** Any number: what processes that start at once queue for. */
const MIGRATION_LOCK = 7_411_803;

/** Brings the schema to this program's version, under a lock, in one transaction. @throws StoreError when a newer program made it */
export async function migrate(store: Store): Promise<void> {
  await store.transaction(async (sql) => {
    await sql.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await sql.query(
      "create table if not exists schema_version (version integer primary key, applied_at timestamptz not null default now())",
    );
    const [row] = await sql.query<{ version: number | null }>("select max(version) as version from schema_version");
    const current = row?.version ?? 0;
    if (current > MIGRATIONS.length)
      throw new StoreError(
        `The database has schema version ${current}, this program knows up to ${MIGRATIONS.length}. Start the newer token-budget-endpoint that upgraded it.`,
      );
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index < current) continue;
      for (const statement of statements) await sql.query(statement);
      await sql.query("insert into schema_version (version) values ($1)", [index + 1]);
    }
  });
}
