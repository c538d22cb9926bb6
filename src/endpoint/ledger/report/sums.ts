import { formatAmount, type Nano } from "../../../budget/money.ts";
import type { CalendarDay } from "../../../budget/period/calendarDay.ts";
import type { ReportDimension, ReportSum } from "../../../protocol/report.ts";
import { TOKEN_CLASSES, type TokenClass } from "../../../wire/usage.ts";
import type { Sql } from "../../store/store.ts";
import type { Days } from "./days.ts";

/** A sum over requests. Amounts are nano of their unit. */
export interface Sum {
  requests: number;
  guarded: number;
  cost: Nano;
  tokens: Nano;
  overshoot: Nano;
  uncertain: { requests: number; cost: Nano };
  usage: Record<TokenClass, bigint>;
}

/** The sum of what has these values in common. */
export interface Part {
  /** Person's id, `provider/model`, day …; empty where it is not known. */
  values: Record<ReportDimension, string>;
  sum: Sum;
}

/** The columns of a dimension; `developer` is the person's id. */
const COLUMNS: Record<ReportDimension, string[]> = {
  developer: ["person"],
  model: ["provider", "model"],
  project: ["project"],
  purpose: ["purpose"],
  day: ["day"],
  source: ["origin"],
  usageSource: ["usage_source"],
};

/** A token class's column. */
const CLASS_COLUMNS: Record<TokenClass, string> = {
  input: "input",
  cacheRead: "cache_read",
  cacheWrite5m: "cache_write_5m",
  cacheWrite1h: "cache_write_1h",
  output: "output",
  audioIn: "audio_in",
  audioOut: "audio_out",
};

/** Of what requests. */
export interface Of {
  team: string;
  days: Days;
  /** Undefined: everybody's. */
  person?: string | undefined;
}

const NAMES = "person, provider, model, project, purpose, origin, usage_source";
const CLASSES = Object.values(CLASS_COLUMNS);

/** Requests by the day on which they were made, at what they cost by now. */
const BY_INSTANT = `select ${columnsOf("entry", NAMES)}, entry.at as booked, 1 as requests, entry.cost + coalesce(repriced.cost, 0) as cost,
    entry.tokens, ${columnsOf("entry", CLASSES.join(", "))},
    case entry.kind when 'settle' then greatest(0, entry.cost + coalesce(repriced.cost, 0) - entry.held_usd) else 0 end as overshoot,
    (entry.held_usd > 0 or entry.held_tokens > 0)::int as guarded
  from entry left join entry as repriced
    on repriced.team = entry.team and repriced.refers_to = entry.id and repriced.kind = 'repriced'
  where entry.team = $1 and entry.kind in ('settle', 'import') and entry.at >= $2 and entry.at < $3
    and ($4::text is null or entry.person = $4)`;

/**
 * Requests by the day on which the endpoint heard of them, and what was found out of their cost by the day on which that was: so a day that
 * is over stays as it is. Nothing comes more than a year late.
 */
const BY_RECEIPT = `select ${NAMES}, case kind when 'import' then at else received_at end as booked, 1 as requests, cost, tokens,
    ${CLASSES.join(", ")}, 0 as overshoot, 0 as guarded
  from entry where team = $1 and kind in ('settle', 'import') and at >= $2::timestamptz - interval '1 year' and at < $3
    and ($4::text is null or person = $4)
  union all
  select ${columnsOf("entry", NAMES)}, repriced.received_at, 0, repriced.cost, 0, ${CLASSES.map(() => "0").join(", ")}, 0, 0
  from entry as repriced join entry on entry.team = repriced.team and entry.id = repriced.refers_to
  where repriced.team = $1 and repriced.kind = 'repriced' and repriced.received_at >= $2
    and ($4::text is null or entry.person = $4)`;

/** Sums up requests, told apart by dimensions. */
export async function readSums(
  sql: Sql,
  { team, days, person }: Of,
  dimensions: readonly ReportDimension[],
  by: "instant" | "receipt",
): Promise<Part[]> {
  const columns = [...new Set(dimensions)].flatMap((dimension) => COLUMNS[dimension]);
  const rows = await sql.query<Record<string, string | number | null>>(
    `select ${[
      ...columns,
      "sum(requests)::int as requests",
      "sum(guarded)::int as guarded",
      ...["cost", "tokens", "overshoot", ...CLASSES].map((name) => `sum(${name})::text as ${name}`),
      "coalesce(sum(requests) filter (where usage_source = 'uncertain'), 0)::int as uncertain_requests",
      "coalesce(sum(cost) filter (where usage_source = 'uncertain'), 0)::text as uncertain_cost",
    ].join(", ")}
     from (select counted.*, width_bucket(booked, $5::timestamptz[]) as day from (${by === "instant" ? BY_INSTANT : BY_RECEIPT}) as counted
       where booked >= $2 and booked < $3) as dated
     ${columns.length > 0 ? `group by ${columns.join(", ")}` : "having count(*) > 0"}`,
    [team, days.start, days.end, person ?? null, days.starts.map((start) => start.toISOString())],
  );
  return rows.map((row) => ({ values: valuesOf(row, days), sum: sumOf(row) }));
}

function columnsOf(table: string, names: string): string {
  return names
    .split(", ")
    .map((name) => `${table}.${name}`)
    .join(", ");
}

function valuesOf(row: Record<string, string | number | null>, days: Days): Part["values"] {
  const text = (name: string) => String(row[name] ?? "");
  const day: CalendarDay = row.day === undefined ? "" : days.day(Number(row.day) - 1);
  const model = [row.provider, row.model].filter(Boolean).join("/");
  return {
    ...{ developer: text("person"), model, project: text("project"), purpose: text("purpose"), day },
    ...{ source: text("origin"), usageSource: text("usage_source") },
  };
}

function sumOf(row: Record<string, string | number | null>): Sum {
  const amount = (name: string) => BigInt(row[name]!);
  return {
    requests: Number(row.requests),
    guarded: Number(row.guarded),
    ...{ cost: amount("cost"), tokens: amount("tokens"), overshoot: amount("overshoot") },
    uncertain: { requests: Number(row.uncertain_requests), cost: amount("uncertain_cost") },
    usage: mapClasses((name) => amount(CLASS_COLUMNS[name])),
  };
}

/** The sum of sums. */
export function addUp(sums: readonly Sum[]): Sum {
  const total = (of: (sum: Sum) => bigint) => sums.reduce((before, sum) => before + of(sum), 0n);
  const count = (of: (sum: Sum) => number) => sums.reduce((before, sum) => before + of(sum), 0);
  return {
    requests: count(({ requests }) => requests),
    guarded: count(({ guarded }) => guarded),
    cost: total(({ cost }) => cost),
    tokens: total(({ tokens }) => tokens),
    overshoot: total(({ overshoot }) => overshoot),
    uncertain: {
      requests: count(({ uncertain }) => uncertain.requests),
      cost: total(({ uncertain }) => uncertain.cost),
    },
    usage: mapClasses((name) => total(({ usage }) => usage[name])),
  };
}

/** A sum as it crosses; of several people without what only some of them have. */
export function toWire({ requests, guarded, cost, tokens, overshoot, uncertain, usage }: Sum, isOfSeveral: boolean): ReportSum {
  const plain = {
    requests,
    ...{ cost: formatAmount(cost), tokens: formatAmount(tokens) },
    usage: mapClasses((name) => Number(usage[name])),
  };
  if (isOfSeveral) return plain;
  const wireUncertain = { requests: uncertain.requests, cost: formatAmount(uncertain.cost) };
  return { ...plain, guarded, overshoot: formatAmount(overshoot), uncertain: wireUncertain };
}

function mapClasses<T>(of: (name: TokenClass) => T): Record<TokenClass, T> {
  return Object.fromEntries(TOKEN_CLASSES.map((name) => [name, of(name)])) as Record<TokenClass, T>;
}
