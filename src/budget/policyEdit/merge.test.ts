import assert from "node:assert/strict";
import fc from "fast-check";
import { differencesOf, type Json } from "./json.ts";
import { mergeDocuments } from "./merge.ts";

const document = fc.record(
  {
    softLimit: fc.integer({ min: 0, max: 3 }),
    confirm: fc.record({ cost: fc.constantFrom("1", "2"), shareOfRemaining: fc.constantFrom(0.1, 0.2) }, { requiredKeys: [] }),
    allowances: fc.uniqueArray(fc.record({ id: fc.constantFrom("a", "b", "1", "__proto__"), limit: fc.constantFrom("1", "2") }), {
      selector: ({ id }) => id,
    }),
    models: fc.record({ allowed: fc.subarray(["x", "y", "z"]) }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Json>;

describe("two people change one policy", () => {
  it("both changes count where they touch different fields, and different allowances", () => {
    const base = { softLimit: 0.8, allowances: [{ id: "day", limit: "5" }], block: {} };
    const mine = { softLimit: 0.9, allowances: [{ id: "day", limit: "6" }], block: {} };
    const theirs: Json = {
      softLimit: 0.8,
      allowances: [
        { id: "day", limit: "5", name: "Yours" },
        { id: "month", limit: "50" },
      ],
      block: { cost: "2" },
    };
    assert.deepEqual(mergeDocuments(base, mine, theirs), {
      merged: {
        softLimit: 0.9,
        allowances: [
          { id: "day", limit: "6", name: "Yours" },
          { id: "month", limit: "50" },
        ],
        block: { cost: "2" },
      },
      conflicts: [],
    });
  });

  it("are told the very field that both have changed, and mine stays in the draft", () => {
    const { merged, conflicts } = mergeDocuments(
      { allowances: [{ id: "dev/day", limit: "5" }] },
      { allowances: [{ id: "dev/day", limit: "6" }] },
      { allowances: [{ id: "dev/day", limit: "7" }] },
    );
    assert.deepEqual(conflicts, [{ pointer: "/allowances/dev~1day/limit", mine: "6", theirs: "7" }]);
    assert.deepEqual(merged, { allowances: [{ id: "dev/day", limit: "6" }] });
  });

  it("are told where one takes away what the other changes", () => {
    const base = { allowances: [{ id: "day", limit: "5" }] };
    const { conflicts } = mergeDocuments(base, { allowances: [] }, { allowances: [{ id: "day", limit: "7" }] });
    assert.deepEqual(conflicts, [{ pointer: "/allowances/day", mine: undefined, theirs: { id: "day", limit: "7" } }]);
  });

  it("get the other's whole change where only one has changed anything", () => {
    fc.assert(
      fc.property(document, document, (base, changed) => {
        assert.deepEqual(mergeDocuments(base, base, changed), { merged: changed, conflicts: [] });
        assert.deepEqual(mergeDocuments(base, changed, base), { merged: changed, conflicts: [] });
        assert.deepEqual(mergeDocuments(base, changed, changed), { merged: changed, conflicts: [] });
      }),
    );
  });

  it("conflict in the same fields, whoever comes first, and agree about all others", () => {
    fc.assert(
      fc.property(document, document, document, (base, mine, theirs) => {
        const [one, other] = [mergeDocuments(base, mine, theirs), mergeDocuments(base, theirs, mine)];
        const pointers = (conflicts: { pointer: string }[]) => conflicts.map(({ pointer }) => pointer).sort();
        assert.deepEqual(pointers(one.conflicts), pointers(other.conflicts));
        const apart = differencesOf(one.merged, other.merged).map(({ pointer }) => pointer);
        const explained = (pointer: string) =>
          pointer === "/allowances" || // in whose order the list stands
          one.conflicts.some((conflict) => pointer.startsWith(conflict.pointer));
        assert.deepEqual(
          apart.filter((pointer) => !explained(pointer)),
          [],
        );
      }),
    );
  });
});

describe("the differences of two policies", () => {
  it("are none between a document and its copy with fields in another order", () => {
    assert.deepEqual(differencesOf({ a: 1, b: [{ id: "x", c: null }] }, { b: [{ c: null, id: "x" }], a: 1 }), []);
  });

  it("name fields, entries by their id, and lists without names as a whole", () => {
    const differences = differencesOf(
      { confirm: { cost: "1" }, allowances: [{ id: "day", limit: "5" }], models: { allowed: ["a"], denied: [] } },
      { confirm: {}, allowances: [{ id: "day", limit: "6" }], models: { allowed: ["b"], denied: [{ model: "c", reason: "d" }] } },
    );
    assert.deepEqual(differences, [
      { pointer: "/confirm/cost", before: "1", after: undefined },
      { pointer: "/allowances/day/limit", before: "5", after: "6" },
      { pointer: "/models/allowed", before: ["a"], after: ["b"] },
      { pointer: "/models/denied/c", before: undefined, after: { model: "c", reason: "d" } },
    ]);
  });

  it("are the list itself where its entries stand in another order", () => {
    const [a, b] = [{ id: "a" }, { id: "b" }];
    assert.deepEqual(differencesOf({ plans: [a, b] }, { plans: [b, a] }), [{ pointer: "/plans", before: [a, b], after: [b, a] }]);
  });

  it("are there exactly where the documents differ", () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        const differ = JSON.stringify(sorted(before)) !== JSON.stringify(sorted(after));
        assert.equal(differencesOf(before, after).length > 0, differ);
      }),
    );
  });
});

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
