import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { stateDirectoryOf } from "./stateDirectory.ts";

describe("stateDirectoryOf", () => {
  const home = resolve("home");

  it("is the platform's place for state", () => {
    assert.equal(stateDirectoryOf({}, "linux", home), join(home, ".local", "state", "token-budget"));
    assert.equal(stateDirectoryOf({ XDG_STATE_HOME: resolve("xdg") }, "linux", home), resolve("xdg", "token-budget"));
    assert.equal(stateDirectoryOf({}, "darwin", home), join(home, "Library", "Application Support", "token-budget"));
    assert.equal(stateDirectoryOf({ LOCALAPPDATA: resolve("local") }, "win32", home), resolve("local", "token-budget"));
  });

  it("is where the environment says", () => {
    for (const platform of ["linux", "darwin", "win32"] as const)
      assert.equal(stateDirectoryOf({ TOKEN_BUDGET_STATE_DIR: "here", XDG_STATE_HOME: "/x" }, platform, home), resolve("here"));
  });
});
