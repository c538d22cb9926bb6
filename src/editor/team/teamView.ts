import { amountText } from "../../budget/forecast/allowanceLine.ts";
import { max, parseAmount, shareOf } from "../../budget/money.ts";
import { DayFinder } from "../../budget/period/calendarDay.ts";
import type { Purpose } from "../../budget/policy/purposes.ts";
import { FEWEST, visibilityText } from "../../budget/policy/visibility.ts";
import { percent } from "../../budget/share.ts";
import type { Doubt, Grant } from "../../protocol/endpoint.ts";
import type { Report, ReportRow, TeamGlance } from "../../protocol/report.ts";
import { amountText as grantAmount } from "../grants/text.ts";
import { instant } from "../meter/time.ts";
import { dayText, originText } from "../spending/words.ts";
import { type Reader, say } from "../words.ts";
import { bareName, COLORS, daysOf } from "./days.ts";
import { doubtCardOf } from "./doubts.ts";
import { metersOf, standingText } from "./meters.ts";
import type { RequestCard, SpendTable, TeamView } from "./protocol.ts";
import { rangesOn } from "./ranges.ts";

/** What the endpoint has told: how everybody stands, and what was spent in the days that are looked at. */
export interface TeamFigures {
  team: string;
  glance: TeamGlance;
  /** What silent machines hold. */
  doubts: readonly Doubt[];
  /** What the policy calls purposes. */
  purposes: readonly Pick<Purpose, "id" | "name">[];
  /** Told apart by one thing each; `day` also by model, where that may be. */
  reports: Record<SpendTable["id"] | "day", Report>;
}

/** All that the view shows. Pure: the same for the same figures, requests and choice. `chosen`: a range's id. */
export function teamView(
  { team, glance, doubts, purposes, reports }: TeamFigures,
  {
    grants,
    chosen,
    trouble,
    told,
  }: { grants: readonly Grant[]; chosen: string | undefined; trouble?: string | undefined; told?: string },
  reader: Reader,
): TeamView {
  const { t } = reader;
  const { total } = reports.model;
  const today = new DayFinder(reports.day.timeZone).dayOf(reader.now);
  const ranges = rangesOn(today, reader);
  const range = ranges.find(({ id }) => id === chosen) ?? ranges[0]!;
  const meters = metersOf(glance, reader);
  const colored = reports.model.rows.flatMap(({ by, isRest }) => (isRest ? [] : [by.model ?? ""])).slice(0, COLORS);
  const amount = amountText(parseAmount(total.cost), "usd");
  const days = t("{0} to {1}", dayText(range.from, reader, "short"), dayText(range.to, reader, "short"));
  return {
    ranges: ranges.map(({ id, label }) => ({ id, label, isChosen: id === range.id })),
    total: amount,
    summary: [days, requestsText(total.requests, reader), peopleText(glance.size, reader)].join(" · "),
    answer: standingText(meters, reader),
    visibility: say(t, visibilityText(glance.visibility)),
    ...(trouble !== undefined && { trouble }),
    requests: grants.filter(({ state }) => state === "requested").map((grant) => cardOf(grant, reader)),
    doubts: doubts.map((doubt) => doubtCardOf(doubt, reader)),
    meters,
    ...(glance.visibility === "aggregate" && {
      withheld: t("People are not shown: the team's policy shows what at least {0} of them used together.", FEWEST),
    }),
    days: daysOf(reports.day, colored, today, reader),
    tables: tablesOf(reports, colored, purposes, reader),
    notes: notesOf(reports, reader),
    words: {
      ...{ heading: t("What {0} has spent", team), range: t("What to look at"), refresh: t("Refresh"), export: t("Export CSV…") },
      ...{ requests: t("Requests for more"), approve: t("Approve"), deny: t("Deny") },
      doubts: t("Held by silent machines"),
      doubtsExplained: t(
        "Nobody knows what they have spent. Written off, the money is free for others; what was spent all the same counts.",
      ),
      writeOff: t("Write Off…"),
      people: t("Who is close to the limit"),
      meterColumns: [t("Who"), t("Used"), t("Where it leads")],
      showAll: t("Show all"),
      days: reports.day.shown ? t("By week") : t("By day"),
      dayColumns: [
        reports.day.shown ? t("Weeks") : t("Day"),
        t("Cost"),
        t("Requests"),
        ...(reports.day.shown ? [] : [t("Most of it")]),
      ],
      nothing: reports.day.shown ? t("Nothing that may be shown was spent in this time.") : t("Nothing was spent in this time."),
    },
    announcement: told ?? [t("{0}: {1}", range.label, amount), standingText(meters, reader)].filter(Boolean).join(". "),
  };
}

function cardOf(grant: Grant, reader: Reader): RequestCard {
  const { t } = reader;
  const { id, person, allowance, reason, until } = grant;
  const asked = t("{0}: {1} more of {2}", person.name, grantAmount(grant, reader), allowance.name);
  return {
    ...{ id, text: asked, reason, until: t("until {0}", instant(Date.parse(until), reader)) },
    ...{ approve: t("Approve: {0}", asked), deny: t("Deny: {0}", asked) },
  };
}

function tablesOf(
  reports: TeamFigures["reports"],
  colored: readonly string[],
  purposes: TeamFigures["purposes"],
  reader: Reader,
): SpendTable[] {
  const { t } = reader;
  const models = reports.model.rows.map(({ by }) => bareName(by.model ?? ""));
  const modelName = (model: string) => (models.filter((name) => name === bareName(model)).length > 1 ? model : bareName(model));
  const figures = [t("Cost"), t("Share"), t("Requests")];
  const table = (id: SpendTable["id"], heading: string, column: string, nameOf: (value: string) => string) => ({
    ...{ id, heading, columns: [column, ...figures] },
    rows: rowsOf(reports[id], id, nameOf, reader),
  });
  const byModel = table("model", t("By model"), t("Model"), (value) => modelName(value) || t("unknown"));
  const tables: SpendTable[] = [
    {
      ...byModel,
      rows: reports.day.shown
        ? byModel.rows
        : byModel.rows.map((row, index) => ({ ...row, color: index < colored.length ? index + 1 : 0 })),
    },
    table("project", t("By project"), t("Project"), (value) => value || t("no project")),
    table(
      "purpose",
      t("By purpose"),
      t("Purpose"),
      (value) => purposes.find(({ id }) => id === value)?.name ?? (value || t("no purpose")),
    ),
    withCoverage(
      table("source", t("By way in"), t("Way in"), (value) => originText(value, reader)),
      reports.source,
      reader,
    ),
  ];
  const says = ({ id, rows }: SpendTable) =>
    rows.length > 1 || (rows.length === 1 && (id === "model" || id === "source" || reports[id].rows[0]!.by[id] !== ""));
  return tables.filter(says);
}

function rowsOf(
  { rows, total }: Report,
  id: SpendTable["id"],
  nameOf: (value: string) => string,
  reader: Reader,
): SpendTable["rows"] {
  const all = parseAmount(total.cost);
  const largest = rows.reduce((most, { cost }) => max(most, parseAmount(cost)), 0n);
  return rows.map(({ by, isRest, cost, requests }) => {
    const spent = parseAmount(cost);
    return {
      name: isRest ? reader.t("all others, not told apart") : nameOf(by[id] ?? ""),
      fraction: largest > 0n ? shareOf(spent, largest) : 0,
      figures: [amountText(spent, "usd"), all > 0n ? percent(shareOf(spent, all)) : "", requests.toLocaleString(reader.locale)],
    };
  });
}

/** How many of the requests that came in by each way were guarded: money was set aside before they were sent. */
function withCoverage(table: SpendTable, { rows }: Report, { t }: Reader): SpendTable {
  if (rows.some(({ guarded }) => guarded === undefined)) return table;
  return {
    ...table,
    columns: [...table.columns, t("Guarded")],
    rows: table.rows.map((row, index) => ({ ...row, figures: [...row.figures, guardedText(rows[index]!)] })),
  };
}

function guardedText({ guarded = 0, requests }: ReportRow): string {
  return percent(requests === 0 ? 0 : guarded / requests);
}

function notesOf(reports: TeamFigures["reports"], reader: Reader): string[] {
  const { t } = reader;
  const { total, shown, to } = reports.day;
  const { uncertain, overshoot = "0" } = total;
  const above = parseAmount(overshoot);
  const last = shown?.at(-1)?.to;
  return [
    shown !== undefined &&
      last === undefined &&
      t("No whole week of this time has {0} people who used anything. Nothing is shown.", FEWEST),
    last !== undefined &&
      last < to &&
      t(
        "What came after {0} is withheld until a week is over in which {1} people used something.",
        dayText(last, reader),
        FEWEST,
      ),
    uncertain !== undefined &&
      uncertain.requests > 0 &&
      t(
        "{0} ended unseen and count {1}, as estimated.",
        requestsText(uncertain.requests, reader),
        amountText(parseAmount(uncertain.cost), "usd"),
      ),
    above > 0n && t("{0} is overshoot: what requests used above what was held for them.", amountText(above, "usd")),
    t("Requests that go around Token Budget are in none of these figures."),
  ].filter((note) => typeof note === "string");
}

function requestsText(count: number, { t, locale }: Reader): string {
  return count === 1 ? t("1 request") : t("{0} requests", count.toLocaleString(locale));
}

function peopleText(count: number, { t }: Reader): string {
  return count === 1 ? t("1 person") : t("{0} people", count);
}
