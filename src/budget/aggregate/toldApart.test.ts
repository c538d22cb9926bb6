import assert from "node:assert/strict";
import fc from "fast-check";
import { FEWEST } from "../policy/visibility.ts";
import { type Deed, toldApart } from "./toldApart.ts";

const DIMENSIONS = ["model", "project", "source"] as const;
type Dimension = (typeof DIMENSIONS)[number];

const deeds: fc.Arbitrary<Deed<Dimension>[]> = fc
  .integer({ min: FEWEST, max: 12 })
  .chain((people) =>
    fc.array(
      fc.record({
        person: fc.integer({ min: 1, max: people }).map(String),
        values: fc.record({
          model: fc.constantFrom("a", "b", "c", "d"),
          project: fc.constantFrom("", "x", "y"),
          source: fc.constantFrom("chat", "send"),
        }),
      }),
      { minLength: FEWEST, maxLength: 60 },
    ),
  )
  .filter((all) => new Set(all.map(({ person }) => person)).size >= FEWEST);

/** The sums that are shown: for each, which deeds are in it. */
function sumsOf(all: readonly Deed<Dimension>[]): number[][] {
  const told = toldApart(all, DIMENSIONS);
  return DIMENSIONS.flatMap((dimension) => {
    const nameOf = ({ values }: Deed<Dimension>) => (told.get(dimension)!.has(values[dimension]) ? values[dimension] : undefined);
    const names = [...new Set(all.map(nameOf))];
    return names.map((name) => all.flatMap((deed, index) => (nameOf(deed) === name ? [index] : [])));
  });
}

/** Found by a seed: all without a model and a project, which had nothing in common, left three people. */
const FOUND = [
  "7 a x chat",
  "4 b - chat",
  "3 b - chat",
  "5 b - chat",
  "2 b - chat",
  "3 d - chat",
  "2 a y chat",
  "2 d x send",
  "1 b x chat",
  "3 a y chat",
  "3 a x chat",
  "4 a y send",
  "5 a y send",
  "4 d - chat",
  "1 d y chat",
  "6 c x send",
  "1 d - send",
].map((text): Deed<Dimension> => {
  const [person, model, project, source] = text.split(" ") as [string, string, string, string];
  return { person, values: { model, project: project === "-" ? "" : project, source } };
});

const peopleIn = (all: readonly Deed<Dimension>[], indices: Iterable<number>) =>
  new Set([...indices].map((index) => all[index]!.person));

describe("what can be told apart where only sums over several people are shown", () => {
  it("is never a sum of fewer than five people, and the rest is none either", () =>
    fc.assert(
      fc.property(deeds, (all) => {
        for (const sum of sumsOf(all)) assert.ok(peopleIn(all, sum).size >= FEWEST);
      }),
      { numRuns: 1_000 },
    ));

  it("leaves no difference of two sums, or of a sum and others in it that have nothing in common, to fewer than five", () =>
    fc.assert(
      fc.property(deeds, (all) => {
        const sums = [...sumsOf(all), all.map((_, index) => index)];
        for (const whole of sums) {
          const inIt = sums.filter((part) => part.every((index) => whole.includes(index)));
          const isApart = (a: number[], b: number[]) => !a.some((index) => b.includes(index));
          const apart = inIt.flatMap((a) => inIt.filter((b) => isApart(a, b)).map((b) => [...a, ...b]));
          for (const union of [...inIt, ...apart]) {
            const left = peopleIn(
              all,
              whole.filter((index) => !union.includes(index)),
            ).size;
            assert.ok(left === 0 || left >= FEWEST, `${left} people are left`);
          }
        }
      }),
      { numRuns: 1_000, examples: [[FOUND]] },
    ));

  it("has no sums and differences, three at a time, that come down to one person", () =>
    fc.assert(
      fc.property(deeds, (all) => {
        const vectors = sumsOf(all).map((sum) => all.map((_, index) => Number(sum.includes(index))));
        for (const a of vectors)
          for (const b of vectors)
            for (const c of vectors)
              for (const [y, z] of [
                [1, -1],
                [-1, -1],
                [1, -2],
              ] as const) {
                const left = all.flatMap((_, index) => (a[index]! + y * b[index]! + z * c[index]! === 0 ? [] : [index]));
                assert.notEqual(peopleIn(all, left).size, 1);
              }
      }),
      { numRuns: 300 },
    ));

  it("tells apart what can be: two models that five people use each", () => {
    const all = Array.from({ length: 10 }, (_, index) => ({
      person: String(index),
      values: { model: index < 5 ? "a" : "b", project: index % 2 ? "x" : "y", source: "chat" },
    }));
    const told = toldApart(all, DIMENSIONS);
    assert.deepEqual([...told.get("model")!], ["a", "b"]);
    assert.deepEqual([...told.get("project")!].sort(), ["x", "y"]);
  });

  it("does not tell a model apart whose other users would be one alone", () => {
    const all = Array.from({ length: 6 }, (_, index) => ({
      person: String(index),
      values: { model: index < 5 ? "a" : "b", project: "x", source: "chat" },
    }));
    assert.deepEqual([...toldApart(all, DIMENSIONS).get("model")!], []);
  });

  it("merges what two dimensions would single out together", () => {
    // Model a is of six; project x of five of them, all with a: the sixth would be the difference.
    const deed = (person: number, model: string, project: string) => ({
      person: String(person),
      values: { model, project, source: "chat" },
    });
    const first = [1, 2, 3, 4, 5].map((person) => deed(person, "a", "x"));
    const rest = [7, 8, 9, 10, 11].map((person) => deed(person, "b", "y"));
    const told = toldApart([...first, deed(6, "a", "y"), ...rest], DIMENSIONS);
    assert.ok(told.get("model")!.size === 0 || told.get("project")!.size === 0);
  });
});
