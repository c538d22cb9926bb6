import assert from "node:assert/strict";
import type { MachineAllowance } from "../../budget/allowance/allowance.ts";
import { DEFAULT_POLICY } from "../../budget/policy/policy.ts";
import type { History, State, SyncStatus } from "../../protocol/daemon.ts";
import type { Reader } from "../words.ts";
import { allowanceText, meterView, statusLine } from "./text.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  timeZone: "Europe/Copenhagen",
  now: Date.parse("2026-11-16T00:00:00Z"),
};
const connected = { phase: "connected" } as const;

function allowance(part: Partial<MachineAllowance> = {}): MachineAllowance {
  return {
    key: "month|p|2026-11",
    id: "month",
    name: "Your month",
    per: "developer",
    unit: "usd",
    period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
    limit: "60",
    softLimit: 0.8,
    spend: "20",
    held: "0",
    ownFree: "0",
    ...part,
  };
}

function state(sync: SyncStatus, ...allowances: MachineAllowance[]): State {
  const policy = { version: 1, author: "", note: "", createdAt: "2026-11-01T00:00:00Z", policy: DEFAULT_POLICY };
  const nothing = {
    priceRef: "",
    pending: { entries: 0, uncertain: 0 },
    coverage: [],
    assistants: [],
    outputs: {},
    plans: [],
    planMeters: [],
    grants: [],
    clockSkew: 0,
  };
  return { sync, allowances, policy, ...nothing };
}

/** Somebody who uses $3.47 a day, every day alike. */
const steady: History = {
  ...{ timeZone: "UTC", from: "2026-11-03", today: "2026-11-16", first: "2026-09-01", rows: [] },
  patterns: { month: { weekdays: [1, 1, 1, 1, 1, 1, 1], daily: 52 / 15, variation: 0.3 } },
};

const meter = (sync: SyncStatus, ...allowances: MachineAllowance[]) => meterView(connected, state(sync, ...allowances), reader);

describe("the meter", () => {
  it("shows the tightest allowance only", () => {
    const view = meter({ phase: "live" }, allowance(), allowance({ name: "Your day", limit: "5", spend: "2.10" }));
    assert.equal(view.text, "$(credit-card) $2.90 left · 42%");
    assert.equal(view.level, "ok");
    assert.match(view.label, /\$2\.90 left, 42% used of Your day/);
  });

  it("says when it runs out, as surely as that is known", () => {
    // Fifteen days have passed: $45 of them end on the 21st, give or take some days; $58, $3.87 a day, before the 17th.
    const rough = meter({ phase: "live" }, allowance({ spend: "45" }));
    assert.equal(rough.text, "$(credit-card) $15 left · 75% · out ~Sat");
    assert.match(rough.label, /\$15 left, 75% used of Your month, on pace to run out around Saturday, resets/);
    assert.equal(meter({ phase: "live" }, allowance({ spend: "58" })).text, "$(credit-card) $2.00 left · 96% · out soon");
    const sure = meterView(connected, state({ phase: "live" }, allowance({ spend: "52" })), reader, steady);
    assert.equal(sure.text, "$(credit-card) $8.00 left · 86% · out Wed");
  });

  it("warns from the soft limit on, and alarms only at the end", () => {
    assert.equal(meter({ phase: "live" }, allowance({ spend: "47.99" })).level, "ok");
    assert.equal(meter({ phase: "live" }, allowance({ spend: "48" })).level, "soft");
    const spent = meter({ phase: "live" }, allowance({ spend: "60" }));
    assert.equal(spent.level, "spent");
    assert.equal(spent.text, "$(credit-card) used up · resets Dec 1");
  });

  it("counts tokens as tokens", () => {
    const tokens = allowance({ unit: "tokens", limit: "2000000", spend: "500000" });
    assert.equal(meter({ phase: "live" }, tokens).text, "$(credit-card) 1.5M tokens left · 25%");
  });

  it("keeps its figures while the endpoint is away, and says so", () => {
    const view = meter({ phase: "offline", reason: "no route", lastSync: "2026-11-15T21:00:00Z" }, allowance());
    assert.equal(view.text, "$(debug-disconnect) offline · $40 left");
    assert.match(view.label, /offline: no route; figures from 3 h ago/);
  });

  it("offers a beginning where nobody is signed in, and a sign-in where somebody was refused", () => {
    assert.equal(meter({ phase: "signedOut" }).text, "$(credit-card) set a budget");
    assert.equal(meter({ phase: "signedOut" }, allowance({ per: "personal" })).text, "$(credit-card) $40 left · 33%");
    assert.equal(meter({ phase: "refused", reason: "revoked" }, allowance()).text, "$(key) sign in again");
  });

  it("says plainly that it starts, or that it cannot", () => {
    assert.equal(meterView({ phase: "connecting" }, undefined, reader).kind, "loading");
    const failed = meterView({ phase: "failed", reason: "no Node" }, undefined, reader);
    assert.equal(failed.text, "$(warning) budget unavailable");
    assert.match(failed.label, /no Node/);
  });

  it("shows a plan's window where there is no allowance, and its reset when little is left", () => {
    const plan = { name: "Claude", window: "5h", unit: "requests", limit: "200", used: "76", unknown: 0 } as const;
    const running = { ...plan, resetsAt: "2026-11-16T03:00:00Z" };
    const shown = (...planMeters: State["planMeters"]) =>
      meterView(connected, { ...state({ phase: "signedOut" }), planMeters }, reader);
    assert.deepEqual([shown(running).text, shown(running).level], ["$(credit-card) Claude 38%", "ok"]);
    const spent = shown({ ...plan, name: "Other", limit: "900" }, { ...running, used: "200" });
    assert.deepEqual([spent.text, spent.level], ["$(credit-card) Claude 100% · resets 4:00 AM", "spent"]);
    assert.match(spent.label, /Claude: five hours, 200 of 200 requests seen here, resets today/);
    const { limit: _, ...unknown } = running;
    assert.equal(shown(unknown).text, "$(credit-card) Claude: 76 requests");
    assert.equal(shown({ ...running, name: "$(bug)" }).text, "$(credit-card) $ (bug) 38%");
  });

  it("has a word for a team without allowances", () => {
    assert.equal(meter({ phase: "live" }).text, "$(credit-card) no limit");
  });
});

describe("an allowance in words", () => {
  it("resets in the person's time zone", () => {
    assert.equal(allowanceText(allowance(), reader).reset, "resets Tuesday, December 1, in 15 days");
    const late = allowance({ period: { kind: "day", start: "2026-11-15T00:00:00Z", resetsAt: "2026-11-16T23:30:00Z" } });
    assert.match(allowanceText(late, reader).reset, /^resets tomorrow at 12:30/);
    assert.match(allowanceText(late, { ...reader, timeZone: "America/New_York" }).reset, /^resets tomorrow at 6:30/);
  });

  it("says when it runs out at this pace", () => {
    // Half of the month has passed: 45 of 60 dollars end on the 21st, 36 on the 26th; whether 32 do is a toss-up.
    assert.equal(allowanceText(allowance({ spend: "45" }), reader).pace, "on pace to run out around Saturday");
    assert.equal(allowanceText(allowance({ spend: "36" }), reader).pace, "on pace to run out around November 26");
    assert.equal(allowanceText(allowance({ spend: "32" }), reader).pace, "on pace: it may just last until the reset");
    assert.equal(allowanceText(allowance({ spend: "52" }), reader, steady).pace, "on pace to run out on Wednesday");
    assert.equal(allowanceText(allowance({ spend: "24" }), reader).pace, "on pace: about 80% by the reset");
    assert.equal(allowanceText(allowance({ spend: "0" }), reader).pace, "not used yet");
  });

  it("says nothing of a pace that nobody can know yet, or that is over", () => {
    assert.equal(allowanceText(allowance({ spend: "60" }), reader).pace, undefined);
    const early = { ...reader, now: Date.parse("2026-11-01T01:00:00Z") };
    assert.equal(allowanceText(allowance(), early).pace, undefined);
  });

  it("says what of it is granted, and until when the first of it is", () => {
    const until = (day: number) => `2026-11-${day}T22:00:00.000Z`;
    const grants = [
      { amount: "5", until: until(28) },
      { amount: "7", until: until(26) },
    ];
    const { granted } = allowanceText(allowance({ grants }), reader);
    assert.match(granted ?? "", /^\$12 of it granted until Nov 26, 2026/);
    assert.equal(allowanceText(allowance(), reader).granted, undefined);
  });

  it("says how far an allowance is overdrawn, and how far that may go", () => {
    const over = allowance({ spend: "63", overdraft: "10" });
    assert.equal(allowanceText(over, reader).left, "into overdraft: $3.00 of $10");
    const view = meter({ phase: "live" }, over);
    assert.deepEqual([view.text, view.level], ["$(credit-card) $3.00 overdrawn · resets Dec 1", "soft"]);
    assert.match(view.label, /^Token Budget: \$3\.00 overdrawn of Your month, resets/);
    assert.equal(allowanceText(allowance({ spend: "70", overdraft: "10" }), reader).left, "into overdraft: $10 of $10");
  });

  it("does not count what lies unspent in this machine's own advance", () => {
    assert.equal(allowanceText(allowance({ spend: "10", held: "8", ownFree: "5" }), reader).left, "$47 left");
  });
});

describe("the sync line", () => {
  it("tells how old the figures are", () => {
    const at = (seconds: number) => new Date(reader.now - seconds * 1000).toISOString();
    assert.equal(statusLine({ phase: "live", lastSync: at(12) }, reader), "synced just now");
    assert.equal(statusLine({ phase: "live", lastSync: at(150) }, reader), "synced 2 min ago");
    assert.equal(
      statusLine({ phase: "stale", reason: "no answer", lastSync: at(7200) }, reader),
      "not up to date: no answer; figures from 2 h ago",
    );
  });
});
