import assert from "node:assert/strict";
import type { MachineAllowance } from "../../budget/allowance/allowance.ts";
import type { SpendRow } from "../../budget/spending/spending.ts";
import type { History } from "../../protocol/daemon.ts";
import type { Reader } from "../words.ts";
import { spendingMarkdown, spendingView } from "./spendingView.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  timeZone: "UTC",
  now: Date.parse("2026-11-24T12:00:00Z"),
};

function row(day: string, cost: string, more: Partial<SpendRow> = {}): SpendRow {
  return {
    ...{ day, provider: "openai", model: "gpt-5", origin: "chat", requests: 1, uncertain: 0, cost, tokens: "1000" },
    ...more,
  };
}

const history = (...rows: SpendRow[]): History => ({
  ...{ timeZone: "UTC", from: "2026-08-25", today: "2026-11-24", first: "2026-08-25", rows, patterns: {} },
});

function allowance(id: string, spend: string, more: Partial<MachineAllowance> = {}): MachineAllowance {
  return {
    ...{ key: `${id}|p|2026-11`, id, name: `Your ${id}`, per: "developer", unit: "usd", limit: "60", softLimit: 0.8 },
    period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
    ...{ spend, held: "0", ownFree: "0" },
    ...more,
  };
}

const view = (past: History, allowances: MachineAllowance[] = [], chosen?: string) =>
  spendingView(past, { allowances }, chosen, reader);
const chosenOf = ({ ranges }: ReturnType<typeof view>) => ranges.find(({ isChosen }) => isChosen)?.id;

describe("what the view of spending shows", () => {
  const november = history(
    row("2026-10-31", "50"),
    row("2026-11-02", "6", { workspace: "ferry", requests: 1_200 }),
    row("2026-11-20", "3", { model: "gpt-5-mini", origin: "send", uncertain: 1 }),
    row("2026-11-24", "1", { workspace: "ferry" }),
  );

  it("is the tightest allowance's period at first, and whatever was chosen while there is such a thing", () => {
    const allowances = [allowance("week", "3"), allowance("month", "30")];
    assert.equal(chosenOf(view(november, allowances)), "month");
    assert.equal(chosenOf(view(november, allowances, "last 30")), "last 30");
    assert.equal(chosenOf(view(november, allowances, "gone")), "month");
    assert.equal(chosenOf(view(november)), "last 14");
  });

  it("has the whole period of an allowance, what it comes to, and what used most", () => {
    const { total, summary, answer, days, tables } = view(november, [allowance("month", "10")]);
    assert.equal(total, "$10");
    assert.equal(summary, "Your month · since Sunday, November 1 · 1,202 requests");
    assert.equal(answer, "Mostly gpt-5 (70%), in ferry (70%), by Chat (70%)");
    assert.equal(days.length, 30);
    assert.deepEqual([days[1]?.amount, days[23]?.isToday, days[24]?.amount, days[24]?.fraction], ["$6.00", true, "", 0]);
    assert.deepEqual(
      tables.map(({ id, rows }) => [id, rows.map(({ name, share, fraction }) => [name, share, Number(fraction.toFixed(2))])]),
      [
        [
          "model",
          [
            ["gpt-5", "70%", 1],
            ["gpt-5-mini", "30%", 0.43],
          ],
        ],
        [
          "workspace",
          [
            ["ferry", "70%", 1],
            ["no workspace", "30%", 0.43],
          ],
        ],
        [
          "origin",
          [
            ["Chat", "70%", 1],
            ["Send Prompt", "30%", 0.43],
          ],
        ],
      ],
    );
  });

  it("says how much a day would last to the reset, as high as it is among the columns", () => {
    const { even, days } = view(november, [allowance("month", "10")]);
    assert.equal(even?.label, "$2.00 a day would last to the reset");
    assert.equal(even?.fraction.toFixed(3), "0.333");
    assert.equal(days[1]?.fraction, 1);
    assert.equal(view(november).even, undefined);
  });

  it("looks at an allowance's own models, in its own unit", () => {
    const mini = allowance("mini", "2000", { unit: "tokens", limit: "3000", models: ["openai/gpt-5-mini"] });
    const { total, tables } = view(november, [mini]);
    assert.equal(total, "1k tokens");
    assert.deepEqual(
      tables[0]?.rows.map(({ name }) => name),
      ["gpt-5-mini"],
    );
  });

  it("offers no period of an allowance for projects or purposes, which are not told apart here, and says so of what is exempt", () => {
    const ferry = allowance("ferry", "1", { projects: ["fernway/ferry"], limit: "2" });
    const incident = allowance("incident", "1", { purposes: ["incident"], limit: "1" });
    const month = allowance("month", "10", { exempt: ["incident"] });
    const { ranges, total, notes } = view(november, [ferry, incident, month]);
    assert.deepEqual([ranges[0]?.id, ranges.length, total], ["month", 4, "$10"]);
    assert.match(notes[0]!, /what draws on an allowance of its own by its purpose is in it/);
    assert.equal(chosenOf(view(november, [incident])), "last 14");
  });

  it("says what is not from this machine, what nobody saw the end of, and how far back it knows", () => {
    const { notes } = view({ ...november, first: "2026-11-02" }, [allowance("month", "25")]);
    assert.deepEqual(notes, [
      "$15 more was used from other machines, or by corrections.",
      "1 request ended unseen, charged at the estimate.",
      "This machine knows of requests since Monday, November 2.",
    ]);
    assert.match(view(november, [allowance("pool", "25", { per: "team" })]).notes[0]!, /by others of the team/);
    assert.deepEqual(view(november, [allowance("month", "9")]).notes.length, 1);
  });

  it("tells models of the same name apart by their providers", () => {
    const twice = history(
      row("2026-11-24", "1"),
      row("2026-11-24", "2", { provider: "azure" }),
      row("2026-11-24", "1", { model: "o5" }),
    );
    assert.deepEqual(
      view(twice).tables[0]?.rows.map(({ name }) => name),
      ["azure/gpt-5", "openai/gpt-5", "o5"],
    );
  });

  it("has no answer, and nothing to tell apart, where nothing was used", () => {
    const { total, answer, tables } = view(history());
    assert.deepEqual([total, answer, tables.flatMap(({ rows }) => rows)], ["$0", undefined, []]);
  });

  it("goes to the clipboard as tables in which a name cannot be markup", () => {
    const text = spendingMarkdown(view(history(row("2026-11-24", "1", { workspace: "a|b[x](y)<i>" }))));
    assert.match(text, /^14 days · since Wednesday, November 11 · 1 request: \$1\.00\n\n\| Day \| Cost \| Requests \|/);
    assert.ok(text.includes("| a\\|b\\[x\\](y)\\<i\\> | $1.00 | 100% | 1 |"));
  });
});
