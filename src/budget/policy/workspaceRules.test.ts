import assert from "node:assert/strict";
import fc from "fast-check";
import { isAtLeastAsTight } from "../policyEdit/tighter.ts";
import { type Policy, PolicySchema } from "./policy.ts";
import { tightened, together, type WorkspaceRules, WorkspaceRulesSchema } from "./workspaceRules.ts";

const policy = (fields: object = {}): Policy => PolicySchema.parse(fields);
const cost = fc.constantFrom("0", "0.1", "0.50", "2");
const share = fc.constantFrom(0, 0.25, 0.5, 1);
const thresholds = fc.record({ cost, shareOfRemaining: share, shareOfLimit: share }, { requiredKeys: [] });
const denied = fc.subarray(["a", "b*", "c"]).map((models) => models.map((model) => ({ model, reason: "" })));
const rules: fc.Arbitrary<WorkspaceRules> = fc.record(
  { confirm: thresholds, block: thresholds, models: fc.record({ denied }) },
  { requiredKeys: [] },
);
const policies = fc
  .record({ confirm: thresholds, block: thresholds, models: fc.record({ denied }) }, { requiredKeys: [] })
  .map(policy);

describe("a workspace's rules", () => {
  it("lower a threshold, and set one where the policy has none", () => {
    const { confirm, block } = tightened(policy({ confirm: { cost: "0.5" } }), {
      confirm: { cost: "0.2" },
      block: { shareOfLimit: 0.1 },
    });
    assert.deepEqual([confirm, block], [{ cost: "0.2" }, { shareOfLimit: 0.1 }]);
  });

  it("cannot raise one, nor allow what the team denies", () => {
    const team = policy({ confirm: { cost: "0.5" }, models: { denied: [{ model: "opus", reason: "dear" }] } });
    const here = tightened(team, { confirm: { cost: "5" }, models: { denied: [] } });
    assert.deepEqual([here.confirm, here.models.denied], [team.confirm, team.models.denied]);
    for (const more of [{ models: { allowed: ["*"] } }, { allowances: [] }, { offline: "allow" }])
      assert.equal(WorkspaceRulesSchema.safeParse(more).success, false);
  });

  it("never make any policy milder, and change nothing where they say nothing", () => {
    fc.assert(
      fc.property(policies, rules, (team, here) => {
        assert.ok(isAtLeastAsTight(tightened(team, here), team));
        assert.deepEqual(tightened(team, {}), team);
      }),
    );
  });

  it("of several folders hold all", () => {
    fc.assert(
      fc.property(policies, fc.array(rules, { maxLength: 3 }), (team, folders) => {
        const all = tightened(team, together(folders));
        for (const one of folders) assert.ok(isAtLeastAsTight(all, tightened(team, one)));
      }),
    );
  });
});
