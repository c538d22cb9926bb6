import assert from "node:assert/strict";
import path from "node:path";
import fc from "fast-check";
import { isInside, placeOf } from "./place.ts";

const posix = { folders: ["/ws/app", "/ws/lib"], path: path.posix };
const windows = { folders: ["C:\\ws\\app"], path: path.win32 };
const from = "/ws/app/.github/prompts/a.prompt.md";
const at = (target: string, kind: "link" | "file" | "import" = "file") => placeOf({ kind, target }, from, posix);
const atWindows = (target: string, kind: "link" | "file" | "import" = "file") =>
  placeOf({ kind, target }, "C:\\ws\\app\\docs\\a.prompt.md", windows);

describe("where a reference points", () => {
  it("is relative to its own file, in any folder of the workspace", () => {
    assert.deepEqual(at("b.md"), { path: "/ws/app/.github/prompts/b.md" });
    assert.deepEqual(at("../../src/b.ts"), { path: "/ws/app/src/b.ts" });
    assert.deepEqual(at("../../../lib/b.ts"), { path: "/ws/lib/b.ts" });
    assert.deepEqual(at("/ws/lib/b.ts", "import"), { path: "/ws/lib/b.ts" });
    assert.deepEqual(atWindows("..\\src\\b.ts"), { path: "C:\\ws\\app\\src\\b.ts" });
    assert.deepEqual(atWindows("../src/b.ts"), { path: "C:\\ws\\app\\src\\b.ts" });
    assert.deepEqual(atWindows("c:/WS/app/b.ts"), { path: "c:\\WS\\app\\b.ts" });
  });

  it("is relative to the workspace's folder for a link that begins with a slash", () => {
    assert.deepEqual(at("/docs/b.md", "link"), { path: "/ws/app/docs/b.md" });
    assert.deepEqual(at("/../../etc/passwd", "link"), "outside");
    assert.equal(at("/docs/b.md", "file"), "outside");
  });

  it("is refused outside of the workspace", () => {
    for (const target of [
      "../../../../etc/passwd",
      "../../../app2/a.md",
      "/etc/passwd",
      "~/.ssh/id_rsa",
      "~",
      "file:///etc/passwd",
    ])
      assert.equal(at(target), "outside", target);
    for (const target of ["..\\..\\..\\Windows\\win.ini", "D:\\a.md", "D:a.md", "C:\\ws\\app2\\a.md", "FILE:///C:/a.md"])
      assert.equal(atWindows(target), "outside", target);
  });

  it("is refused on the network and for devices, before anything is touched", () => {
    for (const target of [
      "\\\\server\\share\\a.md",
      "//server/share/a.md",
      "\\\\?\\C:\\ws\\app\\a.md",
      "\\\\.\\pipe\\a",
      "/\\server/a",
      "\\/server/a",
    ])
      for (const place of [at, atWindows])
        for (const kind of ["link", "file", "import"] as const) assert.equal(place(target, kind), "network", target);
  });

  it("is nowhere for a path that no file can have", () => {
    assert.equal(at("a\0.md"), "missing");
  });

  it("never leaves the workspace, whatever the path", () => {
    const part = fc.constantFrom("..", ".", "a", "/", "\\", "//", "~", "C:", "ws", "app", "\0", "file:", "...", " ", "?");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.constantFrom("link", "file", "import"), (parts, kind) => {
        for (const [place, { folders, path: own }] of [
          [at(parts.join(""), kind), posix],
          [atWindows(parts.join(""), kind), windows],
        ] as const)
          if (typeof place === "object") {
            assert.ok(folders.some((folder) => isInside(folder, place.path, own)));
            assert.ok(own.isAbsolute(place.path) && !/^[\\/]{2}/.test(place.path));
          }
      }),
      { numRuns: 5_000 },
    );
  });
});
