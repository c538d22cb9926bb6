import assert from "node:assert/strict";
import { inEnglish } from "../message.ts";
import { PolicySchema } from "../policy/policy.ts";
import { rehearsalWords } from "./rehearsal.ts";
import { visibleRehearsal, withoutSinglingOut } from "./visibleRehearsal.ts";

const person = (name: string, requests: number, asked: number) => ({ name, requests, asked, blocked: 0, saved: "0" });
const summary = { days: 30, requests: 40, people: [person("Ada", 10, 0), person("Bo", 30, 10)] };

describe("a rehearsal's result", () => {
  it("names people, hides their names and their order, or tells of nobody alone, as the policy shows them", () => {
    assert.deepEqual(visibleRehearsal(summary, "person"), summary);
    const nameless = visibleRehearsal(summary, "pseudonym").people;
    assert.deepEqual(
      nameless.map(({ name, requests }) => [name, requests]),
      [
        ["", 30],
        ["", 10],
      ],
    );
    const shared = visibleRehearsal(summary, "aggregate");
    assert.deepEqual([shared.people, shared.shares], [[], { asked: 25, blocked: 0 }]);
    assert.deepEqual(rehearsalWords(shared).map(inEnglish), [
      "In the last 30 days about 25% of the requests would have been asked about, and 0% stopped",
    ]);
  });

  it("singles nobody out by a limit of their own in the draft, where people are not seen by name", () => {
    const policy = (visibility: string, limitFor?: object) =>
      PolicySchema.parse({ visibility, allowances: [{ id: "m", name: "M", limit: "60", ...(limitFor && { limitFor }) }] });
    const draft = policy("person", { bo: "0" });
    const limitsIn = (inForce: ReturnType<typeof policy>) => withoutSinglingOut(draft, inForce).allowances[0]!.limitFor;
    assert.deepEqual(limitsIn(policy("person")), { bo: "0" });
    assert.deepEqual(limitsIn(policy("pseudonym")), undefined);
    assert.deepEqual(limitsIn(policy("aggregate", { ada: "90" })), { ada: "90" });
  });
});
