import assert from "node:assert/strict";
import { ONE } from "../../budget/money.ts";
import { confirmationLeft, Turns, turnOf } from "./turns.ts";

const person = (content: string) => ({ fromPerson: true, content });
const other = (content: string) => ({ fromPerson: false, content });
const ref = { provider: "demo", model: "demo-large" };

describe("a turn of a chat", () => {
  it("goes on through rounds of tool calls", () => {
    const first = turnOf("m", [person("hello")]);
    const round = turnOf("m", [person("hello"), other("call"), other("result")]);
    assert.equal(first.continues, false);
    assert.equal(round.continues, true);
    assert.equal(round.key, first.key);
  });

  it("is another with the person's next message, another model or another beginning", () => {
    const { key } = turnOf("m", [person("hello")]);
    assert.notEqual(turnOf("m", [person("hello"), other("hi"), person("and?")]).key, key);
    assert.notEqual(turnOf("n", [person("hello")]).key, key);
    assert.notEqual(turnOf("m", [person("hel"), person("lo")]).key, key);
  });

  it("spends its confirmation", () => {
    const confirmed = { cost: "2", reasons: ["aboveConfirm" as const] };
    assert.deepEqual(confirmationLeft({ ref, confirmed, spent: ONE / 2n }), { ...confirmed, cost: "1.5" });
    assert.equal(confirmationLeft({ ref, confirmed, spent: 2n * ONE }), undefined);
    assert.equal(confirmationLeft({ ref, spent: 0n }), undefined);
  });

  it("is remembered until many others have come", () => {
    const turns = new Turns();
    for (let index = 0; index <= 100; index++) turns.set(String(index), { ref, spent: 0n });
    assert.equal(turns.find("0"), undefined);
    assert.ok(turns.find("1"));
  });
});
