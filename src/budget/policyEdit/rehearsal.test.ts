import assert from "node:assert/strict";
import type { ModelPrice } from "../../prices/rates.ts";
import { usageOf } from "../../wire/usage.ts";
import { inEnglish } from "../message.ts";
import { parseAmount } from "../money.ts";
import { PolicySchema } from "../policy/policy.ts";
import { type PastRequest, Rehearsal, type RehearsalSummary, rehearsalWords } from "./rehearsal.ts";

/** $1 per million tokens in, $10 per million out. */
const price: ModelPrice = {
  ...{ provider: "acme", model: "large", name: "Large", source: "catalogue" },
  rates: { input: "1000000", output: "10000000" },
};
const noon = (day: number) => Date.parse(`2026-11-${String(day).padStart(2, "0")}T12:00:00Z`);
/** 10 cents of output, held at 30. */
const past = (more: Partial<PastRequest> = {}): PastRequest => ({
  ...{ provider: "acme", model: "large", person: "ada", at: noon(3), usage: usageOf({ output: 10_000 }) },
  ...{ cost: parseAmount("0.10"), held: parseAmount("0.30"), ...more },
});
function outcomeOf(fields: object, requests: PastRequest[], limits: Record<string, string> = {}, at: ModelPrice = price) {
  const rehearsal = new Rehearsal({
    policy: PolicySchema.parse({ confirm: {}, ...fields }),
    limitFor: (rule, person) => parseAmount(limits[person] ?? rule.limit),
    priced: () => ({ price: at, priceKnown: true }),
  });
  for (const request of requests) rehearsal.replay(request);
  return Object.fromEntries([...rehearsal.outcomes].map(([name, { requests: _, ...outcome }]) => [name, outcome]));
}
const day = (more: object = {}) => ({ id: "day", name: "Your day", period: "day", limit: "0.5", ...more });
const none = { asked: 0, blocked: 0, saved: 0n };

describe("a rehearsal of a policy", () => {
  it("judges a request by what it looked like before it was sent, not by what it came to", () => {
    assert.deepEqual(outcomeOf({ confirm: { cost: "0.2" } }, [past()]), { ada: { ...none, asked: 1 } });
    assert.deepEqual(outcomeOf({ confirm: { cost: "0.3" } }, [past()]), { ada: none });
    assert.deepEqual(outcomeOf({ block: { cost: "0.2" } }, [past()]), {
      ada: { ...none, blocked: 1, saved: parseAmount("0.10") },
    });
  });

  it("takes what a request used for its cost where its hold is not known, or was too small", () => {
    for (const held of [0n, parseAmount("0.05")])
      assert.deepEqual(outcomeOf({ confirm: { cost: "0.09" } }, [past({ held })]), { ada: { ...none, asked: 1 } });
  });

  it("charges at the policy's prices, and what was held in proportion", () => {
    const cheap = { ...price, rates: { input: "100000", output: "1000000" } };
    assert.deepEqual(outcomeOf({ confirm: { cost: "0.03" } }, [past()], {}, cheap), { ada: none });
    assert.deepEqual(outcomeOf({ confirm: { cost: "0.029" } }, [past()], {}, cheap), { ada: { ...none, asked: 1 } });
  });

  it("counts for a project's allowance what says that it was for the project", () => {
    const allowances = [day({ projects: ["fernway/*"], limit: "0.3" })];
    const ferry = past({ project: "fernway/ferry" });
    assert.deepEqual(outcomeOf({ allowances }, [past(), past({ project: "blog" }), past(), ferry]), { ada: none });
    assert.deepEqual(outcomeOf({ allowances }, [ferry, ferry]), { ada: { ...none, blocked: 1, saved: parseAmount("0.10") } });
  });

  it("tells apart what requests of each purpose of the draft would have met", () => {
    const purposes = {
      list: [
        { id: "fire", name: "Fire", exempt: true, skips: ["block"] },
        { id: "work", name: "Work" },
      ],
    };
    const allowances = [day({ id: "fires", purposes: ["fire"], limit: "9" })];
    const rehearsal = new Rehearsal({
      policy: PolicySchema.parse({ confirm: {}, block: { cost: "0.2" }, purposes, allowances }),
      limitFor: (rule) => parseAmount(rule.limit),
      priced: () => ({ price, priceKnown: true }),
    });
    for (const purpose of ["fire", "work", "gone", undefined]) rehearsal.replay(past(purpose === undefined ? {} : { purpose }));
    assert.deepEqual(
      [...rehearsal.purposes].map(([id, { requests, blocked }]) => [id, requests, blocked]),
      [
        ["fire", 1, 0],
        ["work", 1, 1],
      ],
    );
  });

  it("fills each person's allowance, begins anew with each period, and spends nothing on what it blocks", () => {
    const three = [past(), past(), past()];
    const later = past({ at: noon(4) });
    // 10 + 10 cents spent: the third needs 30 of 30, which fits; a fourth does not.
    assert.deepEqual(outcomeOf({ allowances: [day()] }, [...three, later]), { ada: none });
    const outcome = outcomeOf({ allowances: [day()] }, [...three, past(), past(), later, past({ person: "bo" })]);
    assert.deepEqual(outcome, { ada: { ...none, blocked: 2, saved: parseAmount("0.20") }, bo: none });
  });

  it("knows the team's pool, people's own limits, and allowances for some models only", () => {
    const pool = { allowances: [day({ per: "team", limit: "0.3" })] };
    assert.deepEqual(outcomeOf(pool, [past(), past({ person: "bo" })]).bo, { ...none, blocked: 1, saved: parseAmount("0.10") });
    assert.deepEqual(outcomeOf({ allowances: [day()] }, [past()], { ada: "0.2" }).ada!.blocked, 1);
    const small = { ...past(), model: "small" };
    const ofLarge = { allowances: [day({ models: ["large"], limit: "0.3" })] };
    assert.deepEqual(outcomeOf(ofLarge, [small, small, past()]), { ada: none });
  });

  it("blocks a model that the policy closes", () => {
    const denied = { models: { denied: [{ model: "large", reason: "dear" }] } };
    assert.equal(outcomeOf(denied, [past()]).ada!.blocked, 1);
  });
});

describe("a rehearsal in words", () => {
  const words = (summary: Partial<RehearsalSummary>) =>
    rehearsalWords({ days: 30, requests: 9, people: [], ...summary }).map(inEnglish);
  const person = (more: object) => ({ name: "Ada", requests: 3, asked: 0, blocked: 0, saved: "0", ...more });

  it("says what would have become of each purpose", () => {
    const people = [{ name: "Ada", requests: 3, asked: 0, blocked: 1, saved: "1" }];
    const purposes = [
      { name: "Incident", asked: 0, blocked: 0 },
      { name: "Feature", asked: 0, blocked: 1 },
    ];
    assert.deepEqual(rehearsalWords({ days: 30, requests: 3, people, purposes }).map(inEnglish).slice(2), [
      "Nobody with purpose Incident would have been asked or stopped",
      "With purpose Feature, 0 requests would have been asked about and 1 stopped",
    ]);
  });

  it("says who would have been asked and stopped, and what that saves", () => {
    const people = [person({ asked: 9 }), person({ blocked: 1, saved: "84" }), person({})];
    assert.deepEqual(words({ people }), [
      "In the last 30 days 1 of 3 would have been asked 9 times",
      "One request would have been stopped, and $84 not spent",
    ]);
    assert.deepEqual(words({ people: [person({ asked: 1, blocked: 2, saved: "1.5" }), person({ blocked: 3, saved: "1" })] }), [
      "In the last 30 days one of 2 would have been asked once",
      "5 requests of 2 of 2 would have been stopped, and $2.50 not spent",
    ]);
  });

  it("says plainly that nothing would have happened, or that there is nothing to try it on", () => {
    assert.deepEqual(words({ people: [person({})] }), [
      "In the last 30 days nobody of 1 would have been asked",
      "No request would have been stopped",
    ]);
    assert.deepEqual(words({ requests: 0 }), ["There was no request in the last 30 days to try this on"]);
  });
});
