import assert from "node:assert/strict";
import fc from "fast-check";
import { contentShares } from "../../tokens/estimate/contentClass.ts";
import { type CountedFile, type Follower, follow, MOST_FILES, MOST_HOPS } from "./follow.ts";
import type { Refusal } from "./place.ts";
import type { Reference } from "./scan.ts";

const reference = (target: string, kind: Reference["kind"] = "import"): Reference => ({
  kind,
  target,
  line: 0,
  start: 0,
  end: 1,
});

/** A workspace as a table: the files, what each imports, and those that are another's link. */
function workspace(imports: Record<string, string[]>, links: Record<string, string> = {}) {
  const loaded: string[] = [];
  const follower: Follower = {
    placeOf: ({ target }) => (target.startsWith("..") ? "outside" : { path: target }),
    load: async (path, withImports): Promise<CountedFile | Refusal> => {
      loaded.push(path);
      const real = links[path] ?? path;
      const counted = { tokens: 10, shares: contentShares([]) };
      const next = withImports ? (imports[real] ?? []).map((target) => reference(target)) : [];
      return imports[real] ? { real, counted, imports: next } : "missing";
    },
  };
  return { follower, loaded };
}

const own = { path: "CLAUDE.md", real: "CLAUDE.md" };
const pathsOf = (files: { path: string }[]) => files.map(({ path }) => path);

describe("the files that a prompt file refers to", () => {
  it("are its imports and theirs, each once, in a ring too", async () => {
    const { follower } = workspace({
      "a.md": ["b.md", "CLAUDE.md"],
      "b.md": ["a.md", "b.md", "c.md"],
      "c.md": [],
      "CLAUDE.md": ["a.md"],
    });
    const { files, faults } = await follow([reference("a.md"), reference("a.md")], own, follower);
    assert.deepEqual(pathsOf(files), ["a.md", "b.md", "c.md"]);
    assert.deepEqual(faults, []);
  });

  it("count once under two names", async () => {
    const { follower } = workspace({ "a.md": [] }, { "link.md": "a.md" });
    const { files } = await follow([reference("link.md", "link"), reference("a.md", "file")], own, follower);
    assert.deepEqual(pathsOf(files), ["link.md"]);
  });

  it("of a link are not followed further; what is both is imported", async () => {
    const { follower } = workspace({ "a.md": ["b.md"], "b.md": [] });
    const linked = await follow([reference("a.md", "link")], own, follower);
    assert.deepEqual(pathsOf(linked.files), ["a.md"]);
    const both = await follow([reference("a.md", "link"), reference("a.md")], own, follower);
    assert.deepEqual(
      both.files.map(({ path, isImported }) => [path, isImported]),
      [
        ["a.md", true],
        ["b.md", true],
      ],
    );
  });

  it("end after as many imports as Claude Code follows, and that is told where it begins", async () => {
    const chain = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}.md`, [`${i + 1}.md`]]));
    const { follower, loaded } = workspace(chain);
    const { files, faults } = await follow([reference("0.md")], own, follower);
    assert.equal(files.length, MOST_HOPS);
    assert.equal(loaded.length, MOST_HOPS);
    assert.deepEqual(faults, [{ reference: reference("0.md"), refusal: "tooDeep", path: "5.md", importedBy: "4.md" }]);
  });

  it("that are missing or refused are told, but for names that are no paths", async () => {
    const { follower } = workspace({ "a.md": ["ada", "gone.md"] });
    const { faults } = await follow([reference("types/node"), reference("a.md"), reference("../b.md", "file")], own, follower);
    assert.deepEqual(
      faults.map(({ refusal, path, importedBy, reference: { target } }) => [refusal, path, importedBy, target]),
      [
        ["missing", "gone.md", "a.md", "a.md"],
        ["outside", "../b.md", undefined, "../b.md"],
      ],
    );
  });

  it("are not more than is sensible", async () => {
    const many = Array.from({ length: 700 }, (_, i) => `${i}.md`);
    const { follower, loaded } = workspace(Object.fromEntries(many.map((path) => [path, []])));
    const { files, faults } = await follow(
      many.map((path) => reference(path, "link")),
      own,
      follower,
    );
    assert.equal(files.length, MOST_FILES);
    assert.equal(loaded.length, MOST_FILES);
    assert.ok(faults.length > 0 && faults.every(({ refusal }) => refusal === "tooMany"));
  });

  it("are found in any graph of imports: each once, none beyond reach", async () => {
    const names = ["a.md", "b.md", "c.md", "d.md", "e.md", "f.md", "g.md", "h.md"];
    const targets = fc.array(fc.constantFrom(...names, "gone.md"), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(...names.map(() => targets)), targets, async (graph, first) => {
        const imports = Object.fromEntries(names.map((name, i) => [name, graph[i]!]));
        const { follower } = workspace(imports);
        const { files } = await follow(
          first.map((target) => reference(target)),
          own,
          follower,
        );
        const reached = new Set<string>();
        let front = first.filter((name) => imports[name]);
        for (let hop = 1; hop <= MOST_HOPS && front.length > 0; hop++) {
          const fresh = front.filter((name) => !reached.has(name));
          for (const name of fresh) reached.add(name);
          front = fresh.flatMap((name) => imports[name]!).filter((name) => imports[name]);
        }
        assert.deepEqual(pathsOf(files).sort(), [...reached].sort());
      }),
      { numRuns: 500 },
    );
  });
});
