import assert from "node:assert/strict";
import type { Allowance } from "../../budget/allowance/allowance.ts";
import type { Visibility } from "../../budget/policy/visibility.ts";
import type { Doubt, Grant } from "../../protocol/endpoint.ts";
import type { Report, ReportRow, TeamGlance } from "../../protocol/report.ts";
import type { Reader } from "../words.ts";
import { type TeamFigures, teamView } from "./teamView.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  timeZone: "UTC",
  now: Date.parse("2026-11-24T12:00:00Z"),
};

const usage = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, audioIn: 0, audioOut: 0 };
const sum = (cost: string, requests = 1) => ({
  requests,
  guarded: requests,
  cost,
  tokens: "0",
  usage,
  overshoot: "0",
  uncertain: { requests: 0, cost: "0" },
});
const row = (by: Record<string, string>, cost: string, more: Partial<ReportRow> = {}): ReportRow => ({
  by,
  ...sum(cost),
  ...more,
});

function report(groupBy: Report["groupBy"], rows: ReportRow[], more: Partial<Report> = {}): Report {
  const total = sum("10", 1_234);
  return {
    from: "2026-11-01",
    to: "2026-11-24",
    timeZone: "UTC",
    whose: "team",
    visibility: "person",
    groupBy,
    rows,
    total,
    ...more,
  };
}

function allowance(spend: string, more: Partial<Allowance> = {}): Allowance {
  return {
    ...{
      key: "k",
      id: "month",
      name: "Your month",
      per: "developer",
      unit: "usd",
      limit: "60",
      softLimit: 0.8,
      spend,
      held: "0",
    },
    period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
    ...more,
  };
}

const person = (name: string, ...allowances: Allowance[]) => ({ name, allowances, patterns: {} });

function figures(glance: Partial<TeamGlance> = {}, reports: Partial<TeamFigures["reports"]> = {}): TeamFigures {
  return {
    team: "Fernway",
    doubts: [],
    purposes: [{ id: "incident", name: "Incident" }],
    glance: {
      ...{ now: "2026-11-24T12:00:00Z", timeZone: "UTC", visibility: "person", size: 3, shared: [] },
      people: [person("Ada", allowance("12")), person("Bo", allowance("51")), person("Sam", allowance("60"))],
      ...glance,
    },
    reports: {
      model: report(["model"], [row({ model: "openai/gpt-5" }, "6"), row({ model: "anthropic/claude" }, "4")]),
      project: report(["project"], [row({ project: "" }, "10")]),
      purpose: report(["purpose"], [row({ purpose: "incident" }, "7"), row({ purpose: "" }, "3")]),
      source: report(["source"], [row({ source: "chat" }, "10", { requests: 10, guarded: 4 })]),
      day: report(
        ["day", "model"],
        [
          row({ day: "2026-11-24", model: "openai/gpt-5" }, "6"),
          row({ day: "2026-11-24", model: "anthropic/claude" }, "2"),
          row({ day: "2026-11-02", model: "anthropic/claude" }, "2"),
        ],
      ),
      ...reports,
    },
  };
}

const view = (of: TeamFigures = figures(), more: Partial<Parameters<typeof teamView>[1]> = {}) =>
  teamView(of, { grants: [], chosen: undefined, ...more }, reader);

describe("what the view of the team shows", () => {
  it("is the closest to their limits first, each in their tightest allowance, with where that leads", () => {
    const people = [
      person("Ada", allowance("12"), allowance("9", { id: "day", name: "Your day", limit: "10" })),
      ...figures().glance.people.slice(1),
    ];
    const { meters, answer } = view(figures({ people, shared: [allowance("100", { name: "Pool", per: "team", limit: "400" })] }));
    assert.deepEqual(
      meters.map(({ name, allowance, level, used, percent }) => [name, allowance, level, used, percent]),
      [
        ["Pool", "shared by the team", "ok", "$100 of $400", "25%"],
        ["Sam", "Your month", "spent", "$60 of $60", "100%"],
        ["Ada", "Your day", "soft", "$9.00 of $10", "90%"],
        ["Bo", "Your month", "soft", "$51 of $60", "85%"],
      ],
    );
    assert.equal(meters[1]!.pace, "used up, resets Tuesday, December 1, in 7 days");
    assert.match(meters[3]!.pace, /^on pace/);
    assert.equal(answer, "1 person has used everything, 2 people are close to the limit");
  });

  it("counts what machines hold beforehand as nobody's spend", () => {
    const { meters } = view(figures({ people: [person("Ada", allowance("12", { held: "48" }))] }));
    assert.deepEqual([meters[0]!.used, meters[0]!.level], ["$12 of $60", "ok"]);
  });

  it("has every day, each told apart by the models in the colours of their table", () => {
    const { days, tables } = view();
    assert.equal(days.columns.length, 24);
    assert.deepEqual(days.legend, ["gpt-5", "claude"]);
    const last = days.columns.at(-1)!;
    assert.deepEqual([last.amount, last.most, last.isToday], ["$8.00", "gpt-5 (75%)", true]);
    assert.deepEqual(last.parts, [
      { fraction: 0.75, color: 1 },
      { fraction: 0.25, color: 2 },
    ]);
    assert.deepEqual(days.columns[1]!.parts, [{ fraction: 0.25, color: 2 }]);
    assert.deepEqual(
      tables.find(({ id }) => id === "model")!.rows.map(({ name, color }) => [name, color]),
      [
        ["gpt-5", 1],
        ["claude", 2],
      ],
    );
  });

  it("leaves out a table that would say nothing, names purposes as the policy does, and says how much was guarded", () => {
    const { tables } = view();
    assert.deepEqual(
      tables.map(({ id }) => id),
      ["model", "purpose", "source"],
    );
    assert.deepEqual(tables[1]!.rows[0]!.figures, ["$7.00", "70%", "1"]);
    assert.deepEqual(
      tables[1]!.rows.map(({ name }) => name),
      ["Incident", "no purpose"],
    );
    assert.deepEqual([tables[2]!.columns.at(-1), tables[2]!.rows[0]!.figures.at(-1)], ["Guarded", "40%"]);
  });

  it("shows an unknown way in by its own name", () => {
    const source = report(["source"], [row({ source: "teleprinter" }, "10")]);
    assert.equal(view(figures({}, { source })).tables.at(-1)!.rows[0]!.name, "teleprinter");
  });

  it("says in words what ended unseen, what was overshoot, and that there may be more", () => {
    const total = { ...sum("10"), overshoot: "0.42", uncertain: { requests: 3, cost: "0.1" } };
    const { notes } = view(figures({}, { day: report(["day", "model"], [], { total }) }));
    assert.deepEqual(notes, [
      "3 requests ended unseen and count $0.10, as estimated.",
      "$0.42 is overshoot: what requests used above what was held for them.",
      "Requests that go around Token Budget are in none of these figures.",
    ]);
  });

  it("names nobody where the policy shows sums alone, and says what is withheld", () => {
    const shown = [{ from: "2026-11-02", to: "2026-11-08" }];
    const several = ({ overshoot: _o, uncertain: _u, guarded: _g, ...rest }: ReportRow): ReportRow => rest;
    const day = report(["day"], [several(row({ day: "2026-11-02" }, "4", { through: "2026-11-08" }))], {
      shown,
      visibility: "aggregate",
    });
    const model = report(
      ["model"],
      [several(row({ model: "openai/gpt-5" }, "3")), several(row({ model: "" }, "1", { isRest: true }))],
      { shown },
    );
    const source = report(["source"], [several(row({ source: "chat" }, "4"))], { shown });
    const seen = view(figures({ visibility: "aggregate" as Visibility, people: [] }, { day, model, source }));
    assert.deepEqual(seen.meters, []);
    assert.equal(seen.withheld, "People are not shown: the team's policy shows what at least 5 of them used together.");
    assert.equal(seen.visibility, "Leads see what at least 5 people used together, in whole weeks, and nobody alone");
    assert.deepEqual(
      seen.days.columns.map(({ name, amount }) => [name, amount]),
      [["Mon, Nov 2 – Sun, Nov 8", "$4.00"]],
    );
    assert.deepEqual(
      seen.tables[0]!.rows.map(({ name }) => name),
      ["gpt-5", "all others, not told apart"],
    );
    assert.ok(seen.notes[0]!.startsWith("What came after Sunday, November 8 is withheld"));
    assert.equal(seen.tables.find(({ id }) => id === "source")!.columns.includes("Guarded"), false);
    const none = view(
      figures(
        { visibility: "aggregate", people: [] },
        { day: report(["day"], [], { shown: [] }), model: report(["model"], [], { shown: [] }) },
      ),
    );
    assert.ok(none.notes[0]!.startsWith("No whole week of this time has 5 people"));
  });

  it("has a card for each request that waits, with both answers named for who only hears them", () => {
    const grant: Grant = {
      ...{ id: "g", person: { id: "p", name: "Sam" }, amount: "10", reason: "release", state: "requested" },
      allowance: { key: "k", name: "Your month", unit: "usd" },
      ...{ until: "2026-11-30T22:00:00Z", createdAt: "2026-11-24T11:00:00Z" },
    };
    const { requests } = view(figures(), { grants: [grant, { ...grant, id: "h", state: "denied" }] });
    assert.deepEqual(
      requests.map(({ id, text, approve }) => [id, text, approve]),
      [["g", "Sam: $10 more of Your month", "Approve: Sam: $10 more of Your month"]],
    );
  });

  it("has a card for what each silent machine holds, which names nobody where the policy shows none", () => {
    const doubt: Doubt = {
      ...{ id: "a", person: { id: "p", name: "Sam" }, machine: "m", unit: "usd", held: "8", open: "0" },
      ...{ allowances: ["Your month", "Pool"], lastHeard: "2026-11-24T09:00:00Z", endsAt: "2026-12-01T00:00:00Z" },
    };
    const { person: _, ...nameless } = doubt;
    const { doubts } = view({ ...figures(), doubts: [doubt, { ...nameless, id: "b" }] });
    assert.deepEqual(
      doubts.map(({ id, text }) => [id, text]),
      [
        ["a", "$8.00 of Your month, Pool: a machine of Sam"],
        ["b", "$8.00 of Your month, Pool: a machine"],
      ],
    );
    assert.equal(doubts[0]!.since, "silent since Nov 24, 2026, 9:00 AM, free on Dec 1, 2026, 12:00 AM in any case");
  });

  it("looks at what was chosen, tells a screen reader, and keeps what it has when there is trouble", () => {
    const { ranges, announcement } = view(figures(), { chosen: "last 30" });
    assert.deepEqual(
      ranges.map(({ id, isChosen }) => [id, isChosen]),
      [
        ["month", false],
        ["last month", false],
        ["last 30", true],
        ["last 90", false],
      ],
    );
    assert.equal(announcement, "30 days: $10. 1 person has used everything, 1 person is close to the limit");
    const troubled = view(figures(), { trouble: "offline", told: "Approved for Sam" });
    assert.deepEqual([troubled.trouble, troubled.total, troubled.announcement], ["offline", "$10", "Approved for Sam"]);
  });
});
