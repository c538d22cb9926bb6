import assert from "node:assert/strict";
import { isNewer } from "./version.ts";

describe("isNewer", () => {
  // The example order of semver.org, item 11, and numbers that are no text.
  const ordered = [
    ..."1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0".split(" "),
    ..."1.0.9 1.0.10 1.9.0 1.10.0 9.0.0 10.0.0".split(" "),
  ];

  it("follows semantic versioning", () => {
    for (const [i, a] of ordered.entries())
      for (const [j, b] of ordered.entries()) assert.equal(isNewer(a, b), i > j, `${a} against ${b}`);
  });

  it("ignores build metadata, and never prefers what is no version", () => {
    assert.equal(isNewer("1.0.0+2", "1.0.0+1"), false);
    assert.equal(isNewer("latest", "1.0.0"), false);
    assert.equal(isNewer("2.0.0", ""), false);
  });
});
