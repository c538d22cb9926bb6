import assert from "node:assert/strict";
import { PolicySchema } from "./policy.ts";
import { sharedWork, workOf } from "./work.ts";

const work = { project: "fernway/ferry", branch: "ABC-7-lights", issue: "ABC-7" };

describe("the work that a request belongs to", () => {
  it("stays on the machine but for what the policy shares", () => {
    const shared = (share: object) => sharedWork(work, PolicySchema.parse({ share }));
    assert.deepEqual(sharedWork(work, PolicySchema.parse({})), {});
    assert.deepEqual(shared({ project: true }), { project: "fernway/ferry" });
    assert.deepEqual(shared({ project: true, branch: true, issue: true }), work);
    assert.deepEqual(sharedWork({}, PolicySchema.parse({ share: { project: true } })), {});
  });

  it("is told from what else a request or a row says", () => {
    assert.deepEqual(workOf({ ...work, issue: null, branch: "", ...{ id: "x" } }), { project: "fernway/ferry" });
  });
});
