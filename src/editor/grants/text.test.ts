import assert from "node:assert/strict";
import type { Grant } from "../../protocol/endpoint.ts";
import type { Reader } from "../words.ts";
import { outcomeText, readAmount, requestText, stateText, takenText, wholeDollars } from "./text.ts";

const reader: Reader = {
  t: (template, ...args) => template.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  locale: "en-GB",
  timeZone: "UTC",
  now: Date.parse("2026-11-24T12:00:00Z"),
};
const grant = (more: Partial<Grant> = {}): Grant => ({
  ...{ id: "g", person: { id: "p", name: "Kim" }, allowance: { key: "k", name: "Your month", unit: "usd" }, amount: "5" },
  ...{ reason: "the release", until: "2026-11-30T22:00:00Z", state: "requested", createdAt: "2026-11-24T11:00:00Z", ...more },
});

describe("requests for more in words", () => {
  it("tell a lead who asks for what, until when and why", () => {
    assert.equal(requestText(grant(), reader), "Kim asks for $5.00 more of Your month, until 30 Nov 2026, 22:00: “the release”");
    const tokens = grant({ allowance: { key: "k", name: "Large", unit: "tokens" }, amount: "20000" });
    assert.match(requestText(tokens, reader), /asks for 20(,000|K|k) tokens more of Large/);
  });

  it("tell who asked what became of it, and nothing while it waits", () => {
    const text = (more: Partial<Grant>) => outcomeText(grant(more), reader);
    assert.equal(
      text({ state: "approved", decidedBy: "Ada" }),
      "Ada gives you $5.00 more of Your month, until 30 Nov 2026, 22:00.",
    );
    assert.match(text({ state: "approved" }) ?? "", /^Your team's policy gives you \$5\.00 more/);
    assert.equal(text({ state: "denied", decidedBy: "Ada" }), "Ada does not give you $5.00 more of Your month.");
    assert.equal(text({}), undefined);
    assert.equal(text({ state: "expired" }), undefined);
  });

  it("tell what somebody took without asking, to the leads and to themselves", () => {
    const taken = grant({ state: "approved", breakGlass: true });
    assert.equal(takenText(taken, reader), "Kim took $5.00 more of Your month without asking: “the release”");
    assert.equal(outcomeText(taken, reader), "You took $5.00 more of Your month yourself, until 30 Nov 2026, 22:00.");
    assert.equal(stateText(taken, reader), "taken without asking");
  });

  it("name every state", () => {
    const words = (["requested", "approved", "denied", "cancelled", "expired"] as const).map((state) =>
      stateText(grant({ state, decidedBy: "Ada" }), reader),
    );
    assert.deepEqual(words, ["waits for a lead", "approved by Ada", "denied by Ada", "taken back", "over"]);
  });

  it("read amounts as people type them, and suggest whole dollars", () => {
    assert.deepEqual(["5", " $5.50 ", "$ 3"].map(readAmount), ["5", "5.50", "3"]);
    for (const none of ["", "0", "0.00", "-1", "five", "1e3", "5 USD"]) assert.equal(readAmount(none), undefined, none);
    assert.deepEqual(["0.01", "1", "1.000000001"].map(wholeDollars), ["1", "1", "2"]);
  });
});
