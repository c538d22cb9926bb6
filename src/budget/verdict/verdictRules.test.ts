import assert from "node:assert/strict";
import type { ModelPrice } from "../../prices/rates.ts";
import type { MachineAllowance } from "../allowance/allowance.ts";
import { inEnglish } from "../message.ts";
import { PolicySchema } from "../policy/policy.ts";
import { applicable, judge, type Request } from "./verdict.ts";

/** 10,000 tokens in and 2,000 out are 20 cents. */
const price: ModelPrice = {
  ...{ provider: "acme", model: "large", name: "Large", source: "catalogue" },
  rates: { input: "10000000", output: "50000000" },
};
const ref = { provider: "acme", model: "large" };
/** A Tuesday, 23:00 in Copenhagen. */
const NIGHT = Date.parse("2026-11-24T22:00:00Z");
const request = (more: Partial<Request> = {}): Request => ({
  ...{ ref, at: NIGHT, price, priceKnown: true },
  estimate: {
    input: { low: 10_000, likely: 10_000, high: 10_000, exact: true },
    output: { likely: 400, high: 2_000, worst: 16_384 },
  },
  ...more,
});
const allowance = (more: Partial<MachineAllowance> = {}): MachineAllowance => ({
  ...{ key: "dev|p|2026-11", id: "dev", name: "Your month", per: "developer", unit: "usd", limit: "20", softLimit: 0.8 },
  ...{ spend: "0", held: "0", ownFree: "0" },
  period: { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" },
  ...more,
});
const allowances = [
  { id: "dev", name: "Your month", limit: "20" },
  { id: "fire", name: "Incidents", limit: "5", purposes: ["incident"] },
];
const list = [
  { id: "feature", name: "Feature" },
  { id: "incident", name: "Incident", exempt: true, skips: ["confirm", "quietHours"] },
];
const mine = (spend: string) => allowance({ exempt: ["incident"], spend });
const fire = (spend: string) => allowance({ id: "fire", name: "Incidents", limit: "5", purposes: ["incident"], spend });
const said = (fields: object, asked: Partial<Request> = {}, drawn: MachineAllowance[] = []) => {
  const { decision, reasons } = judge(request(asked), drawn, PolicySchema.parse({ confirm: {}, ...fields }));
  return [decision, ...reasons.map(({ code, text }) => `${code}: ${inEnglish(text)}`)];
};

describe("a purpose", () => {
  const needed = "purposeNeeded: Above $0.10 your team wants to know what a request is for";
  const purposes = { list, requiredAbove: "0.10" };

  for (const [what, fields, asked, expected] of [
    ["is asked for above a cost", { purposes }, {}, ["confirm", needed]],
    ["is given", { purposes }, { purpose: "feature" }, ["allow"]],
    ["is none of the team's, so it is asked for", { purposes }, { purpose: "fun" }, ["confirm", needed]],
    ["is not asked for at that cost", { purposes: { ...purposes, requiredAbove: "0.2" } }, {}, ["allow"]],
    [
      "is not asked for where there is none to choose",
      { allowances: [], purposes: { list: [], requiredAbove: "0" } },
      {},
      ["allow"],
    ],
    [
      "is asked for after what is graver",
      { purposes, block: { cost: "0.1" } },
      {},
      ["block", "aboveBlock: It may cost $0.20; requests above $0.10 are stopped", needed],
    ],
  ] as const)
    it(what, () => assert.deepEqual(said({ allowances, ...fields }, asked), expected));

  it("that is exempt draws on the allowance that names it, and on no other; which others do not draw on", () => {
    const drawn = (purpose?: string) => applicable([mine("0"), fire("0")], ref, purpose ? { purpose } : {}).map(({ id }) => id);
    assert.deepEqual([drawn("incident"), drawn("feature"), drawn()], [["fire"], ["dev"], ["dev"]]);
  });

  it("that is exempt goes on when the usual money is spent, as far as its own goes", () => {
    const fields = { allowances, purposes };
    const asked = { purpose: "incident" };
    assert.deepEqual(said(fields, { purpose: "feature" }, [mine("20"), fire("0")]), [
      "block",
      "spent: Your month is used up ($20)",
    ]);
    assert.deepEqual(said(fields, asked, [mine("20"), fire("0")]), ["allow"]);
    assert.deepEqual(said(fields, asked, [mine("0"), fire("4.9")]), [
      "block",
      "doesNotFit: It needs $0.20, but Incidents has only $0.10 left",
    ]);
  });

  it("skips the rules that the policy says, and no other", () => {
    const fields = { allowances, purposes: { list }, confirm: { cost: "0.1" }, quietHours: [{ from: "21:00", to: "23:59" }] };
    assert.equal(said(fields, { purpose: "feature" }).length, 3);
    assert.deepEqual(said(fields, { purpose: "incident" }), ["allow"]);
    assert.equal(said({ ...fields, block: { cost: "0.1" } }, { purpose: "incident" })[0], "block");
  });

  it("that is exempt must have an allowance of its own, and an allowance's purposes must be the team's", () => {
    const faults = (fields: object) => PolicySchema.safeParse(fields).error?.issues.map(({ path }) => path.join("/"));
    assert.deepEqual(faults({ purposes: { list } }), ["purposes/list"]);
    assert.deepEqual(faults({ allowances, purposes: { list: list.slice(0, 1) } }), ["allowances"]);
    assert.equal(faults({ allowances, purposes: { list } }), undefined);
    assert.deepEqual(faults({ purposes: { list: [list[0], list[0]] } }), ["purposes/list"]);
  });
});

describe("an overdraft", () => {
  const drawn = (spend: string, more: Partial<MachineAllowance> = {}) => [allowance({ spend, overdraft: "5", ...more })];
  const policyOf = { confirm: {} };

  it("is asked about by what it takes of the next period, and only where the limit does not do", () => {
    assert.deepEqual(said(policyOf, {}, drawn("19.8")), ["allow"]);
    assert.deepEqual(said(policyOf, {}, drawn("19.9")), [
      "confirm",
      "overdraft: Your month is used up: $0.10 would come out of next month's",
    ]);
    const [, day] = said(policyOf, {}, drawn("22", { period: { ...allowance().period, kind: "day" } }));
    assert.equal(day, "overdraft: Your month is used up: $2.20 would come out of tomorrow's");
  });

  it("has an end", () => {
    assert.deepEqual(said(policyOf, {}, drawn("24.8"))[0], "confirm");
    assert.deepEqual(said(policyOf, {}, drawn("24.9")), [
      "block",
      "doesNotFit: It needs $0.20, but Your month has only $0.10 left",
    ]);
    assert.deepEqual(said(policyOf, {}, drawn("25")), ["block", "spent: Your month is used up ($20)"]);
  });
});

describe("quiet hours, in a verdict", () => {
  const timeZone = "Europe/Copenhagen";
  for (const [what, hours, expected] of [
    [
      "ask",
      { from: "22:00", to: "07:00" },
      ["confirm", "quietHours: Your team has quiet hours from 22:00 to 07:00 (Europe/Copenhagen)"],
    ],
    [
      "refuse",
      { from: "22:00", to: "07:00", effect: "block" },
      ["block", "quietHours: Your team has quiet hours from 22:00 to 07:00 (Europe/Copenhagen)"],
    ],
    ["are over", { from: "21:00", to: "23:00" }, ["allow"]],
    [
      "are a day",
      { from: "00:00", to: "00:00", days: ["tue"] },
      ["confirm", "quietHours: Your team has a quiet day (Europe/Copenhagen)"],
    ],
  ] as const)
    it(what, () => assert.deepEqual(said({ timeZone, quietHours: [hours] }), expected));
});

describe("a preferred model", () => {
  const preferredTo = (model: string, preferred: object[]) =>
    judge(request({ ref: { provider: "acme", model } }), [], PolicySchema.parse({ models: { preferred } })).preferred;
  const small = { model: "small", reason: "a tenth of the price" };

  it("is named for requests to others, with the reason, and stops nobody", () => {
    assert.deepEqual(preferredTo("large", [small]), small);
    assert.equal(preferredTo("small", [small]), undefined);
    assert.deepEqual(said({ models: { preferred: [small] } }), ["allow"]);
  });

  it("is named for the models that it is meant instead of; the first that fits", () => {
    const medium = { model: "medium", for: "large*", reason: "as good" };
    assert.equal(preferredTo("large-2", [medium, small])?.model, "medium");
    assert.equal(preferredTo("tiny", [medium, small])?.model, "small");
    assert.equal(preferredTo("tiny", [medium]), undefined);
  });
});
