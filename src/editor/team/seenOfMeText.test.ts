import assert from "node:assert/strict";
import type { Allowance } from "../../budget/allowance/allowance.ts";
import { PolicySchema } from "../../budget/policy/policy.ts";
import type { Visibility } from "../../budget/policy/visibility.ts";
import type { Report, TeamGlance } from "../../protocol/report.ts";
import type { Reader } from "../words.ts";
import { seenOfMeText } from "./seenOfMeText.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en",
  timeZone: "UTC",
  now: Date.parse("2026-11-24T12:00:00Z"),
};
const usage = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0, audioIn: 0, audioOut: 0 };
const row = { by: { model: "openai/gpt-5", project: "acme/booking", purpose: "" }, requests: 7, cost: "1.5", tokens: "0", usage };

function text(visibility: Visibility, name = "Bo", share = {}): string {
  const allowance: Allowance = {
    ...{
      key: "k",
      id: "month",
      name: "Your month",
      per: "developer",
      unit: "usd",
      limit: "60",
      softLimit: 0.8,
      spend: "60",
      held: "0",
    },
    period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
  };
  const people = visibility === "aggregate" ? [] : [{ name, allowances: [allowance], patterns: {} }];
  const glance: TeamGlance = { now: "2026-11-24T12:00:00Z", timeZone: "UTC", visibility, size: 6, people, shared: [] };
  const report: Report = {
    ...{
      from: "2026-11-01",
      to: "2026-11-24",
      timeZone: "UTC",
      whose: "me",
      visibility,
      groupBy: ["model", "project", "purpose"],
    },
    ...{ rows: [row], total: row },
  };
  const policy = {
    version: 1,
    author: "",
    note: "",
    createdAt: "2026-11-01T00:00:00Z",
    policy: PolicySchema.parse({ visibility, share }),
  };
  const uploads = [{ at: "2026-11-24T11:00:00Z", method: "POST", path: "/v1/advances", body: { machine: "m" } }];
  return seenOfMeText({ glance, report, entries: [{ id: "e1", cost: "1.5" }], uploads, state: { policy } }, reader);
}

describe("what the team sees of me", () => {
  it("is what a lead's list and reports have of me, then each entry and each message word for word", () => {
    const said = text("person");
    assert.match(said, /Leads see who used how much, by name\./);
    assert.match(said, /You are in their list as Bo:\n\n- Your month: \$60 of \$60 \(100%\), used up/);
    assert.match(said, /- openai\/gpt-5, acme\/booking: \$1\.50 in 7 requests/);
    assert.match(said, /"id": "e1"/);
    assert.match(said, /"machine": "m"/);
  });

  it("tells a pseudonym that is mine this month, and that I am in no list where only sums are shown", () => {
    assert.match(text("pseudonym", "Developer 7KQM2P"), /in their list as Developer 7KQM2P, which nobody but you is told:/);
    const shared = text("aggregate");
    assert.match(shared, /You are in no list\./);
    assert.match(shared, /Leads see it in sums alone/);
  });

  it("says which of project, branch and issue my entries tell", () => {
    assert.match(text("person"), /do not say for which project, branch or issue/);
    assert.match(text("person", "Bo", { project: true, issue: true }), /say for which project, issue they were/);
  });
});
