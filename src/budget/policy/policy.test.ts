import assert from "node:assert/strict";
import { DEFAULT_POLICY, PolicySchema, policyJsonSchema } from "./policy.ts";

const faultsOf = (policy: unknown) => PolicySchema.safeParse(policy).error?.issues.map(({ path }) => path.join("/")) ?? [];
const rule = (more: object = {}) => ({ id: "dev-month", name: "Yours", limit: "20", ...more });

describe("policy", () => {
  it("asks above 50 cents and a quarter of what is left, and blocks nothing, where nobody has set one", () => {
    assert.deepEqual(DEFAULT_POLICY.confirm, { cost: "0.50", shareOfRemaining: 0.25 });
    assert.deepEqual([DEFAULT_POLICY.block, DEFAULT_POLICY.allowances, DEFAULT_POLICY.prices], [{}, [], []]);
    assert.deepEqual(DEFAULT_POLICY.grants, {});
    assert.deepEqual(DEFAULT_POLICY.models, { allowed: ["*"], denied: [], compared: [], preferred: [] });
    assert.deepEqual([DEFAULT_POLICY.hold, DEFAULT_POLICY.unknownPrice, DEFAULT_POLICY.offline], ["p90", "confirm", "confirm"]);
    assert.deepEqual(DEFAULT_POLICY.tokenWeights, { input: 1, cacheRead: 0.1, cacheWrite: 1, output: 1 });
    assert.deepEqual([DEFAULT_POLICY.timeZone, DEFAULT_POLICY.softLimit], ["UTC", 0.8]);
  });

  it("fills in what a rule leaves out", () => {
    const { allowances, models } = PolicySchema.parse({
      allowances: [rule()],
      models: { denied: [{ model: "o1-*", reason: "dear" }] },
    });
    assert.deepEqual(allowances, [{ ...rule(), per: "developer", unit: "usd", period: "month" }]);
    assert.deepEqual([models.allowed, models.compared], [["*"], []]);
    assert.deepEqual(PolicySchema.parse({ confirm: {} }).confirm, {});
  });

  it("survives its own parsing unchanged", () => {
    const policy = PolicySchema.parse({ allowances: [rule({ limitFor: { "ada@example.com": "40" }, models: ["gpt-*"] })] });
    assert.deepEqual(PolicySchema.parse(JSON.parse(JSON.stringify(policy))), policy);
  });

  for (const [what, policy, path] of [
    ["a limit that is a number", { allowances: [rule({ limit: 20 })] }, "allowances/0/limit"],
    ["a negative limit", { allowances: [rule({ limit: "-1" })] }, "allowances/0/limit"],
    ["a limit with ten decimals", { allowances: [rule({ limit: "0.0000000001" })] }, "allowances/0/limit"],
    ["an id with capitals", { allowances: [rule({ id: "Dev" })] }, "allowances/0/id"],
    ["two rules of one id", { allowances: [rule(), rule()] }, "allowances"],
    ["a period of a year", { allowances: [rule({ period: "year" })] }, "allowances/0/period"],
    [
      "a person's limit in words",
      { allowances: [rule({ limitFor: { "ada@example.com": "much" } })] },
      "allowances/0/limitFor/ada@example.com",
    ],
    ["a share above 1", { confirm: { shareOfRemaining: 1.5 } }, "confirm/shareOfRemaining"],
    ["a time zone that does not exist", { timeZone: "Mars/Olympus" }, "timeZone"],
    ["a word it does not know", { blok: { cost: "1" } }, ""],
    ["a word it does not know, inside", { block: { costs: "1" } }, "block"],
    ["a message of 501 characters", { message: "x".repeat(501) }, "message"],
    ["a price without an output rate", { prices: [{ model: "gpt-5", input: "1" }] }, "prices/0/output"],
    ["raises without an end", { grants: { autoApproveUpTo: { each: "5" } } }, "grants/autoApproveUpTo/period"],
    ["no policy at all", null, ""],
  ] as const)
    it(`refuses ${what}`, () => assert.deepEqual(faultsOf(policy), [path]));

  it("has words for every field, however deep, for the person who writes it", () => {
    const silent: string[] = [];
    const look = (schema: Described, path: string): void => {
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        if (!field.description) silent.push(`${path}/${name}`);
        look(field, `${path}/${name}`);
      }
      for (const part of [schema.items, ...(schema.anyOf ?? [])]) if (part) look(part, path);
    };
    look(policyJsonSchema() as Described, "");
    assert.deepEqual(silent, []);
  });
});

/** What of a JSON Schema the test looks at. */
interface Described {
  description?: string;
  properties?: Record<string, Described>;
  items?: Described;
  anyOf?: Described[];
}
