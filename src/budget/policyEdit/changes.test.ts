import assert from "node:assert/strict";
import { inEnglish } from "../message.ts";
import { PolicySchema } from "../policy/policy.ts";
import { changesOf } from "./changes.ts";

const policy = (fields: object = {}) => PolicySchema.parse(fields);
const rule = (more: object = {}) => ({ id: "dev-month", name: "Your month", limit: "20", ...more });
const said = (before: object, after: object) => changesOf(policy(before), policy(after)).map(inEnglish);

describe("what a change of policy means in words", () => {
  it("is nothing where nothing changes, or only the message to the team", () => {
    assert.deepEqual(said({}, {}), []);
    assert.deepEqual(said({}, { message: "Hello" }), []);
  });

  it("names thresholds, with and without one", () => {
    assert.deepEqual(said({}, { confirm: { cost: "0.2" }, block: { cost: "3" } }), [
      "Requests above $3.00 are stopped",
      "You are asked above $0.20 a request",
      "You are not asked for a share of what is left any more",
    ]);
    assert.deepEqual(said({ block: { cost: "3" } }, { confirm: { shareOfRemaining: 0.1 } }), [
      "No request is stopped for its cost any more",
      "You are not asked for a request's cost any more",
      "You are asked above 10% of what is left",
    ]);
  });

  it("names models that are closed, with the reason, and opened", () => {
    const opus = { model: "claude-opus-*", reason: "not for everyday work" };
    assert.deepEqual(said({}, { models: { denied: [opus] } }), ["claude-opus-* is not allowed any more: not for everyday work"]);
    assert.deepEqual(said({ models: { denied: [opus] } }, {}), ["claude-opus-* is allowed again"]);
    assert.deepEqual(said({}, { models: { allowed: ["gpt-*"] } }), ["Only these models are allowed: gpt-*"]);
    assert.deepEqual(said({ models: { allowed: ["gpt-*"] } }, {}), ["Every model is allowed"]);
  });

  it("names allowances: new ones, gone ones, new limits and new rules", () => {
    assert.deepEqual(said({}, { allowances: [rule()] }), ["New: Your month, $20 a month"]);
    assert.deepEqual(said({ allowances: [rule()] }, {}), ["Your month is gone"]);
    assert.deepEqual(said({ allowances: [rule()] }, { allowances: [rule({ limit: "30" })] }), [
      "Your month: $30 a month (before: $20)",
    ]);
    assert.deepEqual(said({ allowances: [rule()] }, { allowances: [rule({ period: "week" })] }), [
      "Your month has new rules: $20 a week",
    ]);
    const role = rule({ limitForRole: { lead: "99" } });
    assert.deepEqual(said({ allowances: [rule()] }, { allowances: [role] }), ["Your month has new rules: $20 a month"]);
    assert.deepEqual(said({ allowances: [rule()] }, { allowances: [rule({ limit: "30", overdraft: "5" })] }), [
      "Your month: $30 a month (before: $20)",
      "Your month may be overdrawn by $5.00, out of the next period",
    ]);
    assert.deepEqual(said({ allowances: [rule({ overdraft: "5" })] }, { allowances: [rule()] }), [
      "Your month cannot be overdrawn any more",
    ]);
  });

  it("names who decides on requests for more", () => {
    const grants = { autoApproveUpTo: { each: "5", period: "20" } };
    assert.deepEqual(said({}, { grants }), ["Requests for up to $5.00 more are approved at once, up to $20 a period"]);
    assert.deepEqual(said({ grants }, {}), ["A lead decides every request for more"]);
    assert.deepEqual(said({}, { grants: { breakGlass: { period: "9" } } }), [
      "In an emergency you may send anyway, up to $9.00 a period beyond an allowance; your leads see why",
    ]);
    assert.deepEqual(said({ grants: { breakGlass: { period: "9" } } }, {}), ["Nobody may send anyway any more"]);
  });

  it("names the rules for meters, holds, prices and being offline", () => {
    assert.deepEqual(said({}, { offline: { upTo: "5" } }), [
      "Where the endpoint cannot be reached, requests go on up to $5.00 beyond your advance, and are stopped then",
    ]);
    assert.deepEqual(said({}, { softLimit: 0.7 }), ["Meters warn from 70% of a limit"]);
    assert.deepEqual(said({}, { hold: "worst", offline: "allow", unknownPrice: { assume: "gpt-5" } }), [
      "Where the endpoint cannot be reached, requests go on",
      "Requests set aside the most they can cost",
      "Models without a known price count like gpt-5",
    ]);
  });

  it("names the rules for assistants", () => {
    assert.deepEqual(said({}, { assistants: { hookFailure: "block", unattended: "allow", subagents: 3, coldSession: "1" } }), [
      "Where Token Budget cannot be asked on a machine, an assistant's turns are stopped",
      "An assistant's turns that must be asked about go on where no window is open",
      "You are asked above 3 sub-agents a turn",
      "You are asked before a forgotten session is read again for more than $1.00",
    ]);
  });

  it("names purposes and quiet hours", () => {
    const list = [{ id: "incident", name: "Incident" }];
    const purposes = { list, requiredAbove: "1" };
    assert.deepEqual(said({}, { purposes }), ["You are asked what a request is for above $1.00", "New purpose: Incident"]);
    assert.deepEqual(said({ purposes }, {}), [
      "You are not asked what a request is for any more",
      "The purpose Incident is gone",
    ]);
    assert.deepEqual(said({ purposes }, { purposes: { ...purposes, list: [{ ...list[0], skips: ["confirm"] }] } }), [
      "The purpose Incident has new rules",
    ]);
    const quietHours = [
      { from: "22:00", to: "07:00", effect: "block" },
      { from: "00:00", to: "00:00", days: ["sat", "sun"] },
    ];
    assert.deepEqual(said({}, { quietHours }), [
      "Quiet hours from 22:00 to 07:00: requests are stopped",
      "A quiet day (sat, sun): you are asked",
    ]);
    assert.deepEqual(said({ quietHours }, {}), ["There are no quiet hours any more"]);
  });

  it("names how much machines have beforehand", () => {
    assert.deepEqual(said({}, { advances: { share: 0.2 } }), [
      "Machines keep up to 20% of an equal share beforehand, for 10 minutes offline",
    ]);
    assert.deepEqual(said({}, { advances: { most: "2", minutes: 30 } }), [
      "Machines keep up to 50% of an equal share beforehand, at most $2.00, for 30 minutes offline",
    ]);
  });

  it("names the settings that the team sets", () => {
    const settings = { "lens.visible": false, "estimate.model": "gpt-5" };
    assert.deepEqual(said({}, { settings }), [
      'Your team sets tokenBudget.estimate.model to "gpt-5"',
      "Your team sets tokenBudget.lens.visible to false",
    ]);
    assert.deepEqual(said({ settings }, { settings: { "lens.visible": false } }), [
      "You set tokenBudget.estimate.model yourself again",
    ]);
  });

  it("names what leaves the machine", () => {
    assert.deepEqual(said({}, { share: { project: true, issue: true } }), [
      "Your team sees what each request is for: project, issue",
    ]);
    assert.deepEqual(said({ share: { project: true } }, {}), ["What your requests are for stays on your machine"]);
  });

  it("names at least the field where there are no words for it", () => {
    assert.deepEqual(said({}, { prices: [{ model: "x", input: "1", output: "1" }], timeZone: "Europe/Paris" }), [
      "Changed: timeZone, prices",
    ]);
    const compared = { models: { compared: ["gpt-5"] }, hold: "likely" };
    assert.deepEqual(said({}, compared), ["Requests set aside their likely cost", "Changed: models"]);
  });
});
