import assert from "node:assert/strict";
import { RecentSpending } from "../../src/editor/spending/recent.ts";
import type { History } from "../../src/protocol/daemon.ts";

describe("what was spent lately", () => {
  it("is asked for again where it changes while the daemon is being asked", async () => {
    const asked = [Promise.withResolvers<History>(), Promise.withResolvers<History>()];
    const calls = asked.map(() => Promise.withResolvers<void>());
    let count = 0;
    let change = () => {};
    const recent = new RecentSpending({
      link: { phase: "connected" },
      history: () => {
        calls[count]!.resolve();
        return asked[count++]!.promise;
      },
      onDidChange: (listener) => {
        change = listener;
        return { dispose() {} };
      },
    });
    await calls[0]!.promise;
    change();
    asked[0]!.resolve({ today: "before" } as History);
    await calls[1]!.promise;
    asked[1]!.resolve({ today: "after" } as History);
    await new Promise<void>((resolve) => recent.onDidChange(resolve));
    assert.equal(recent.history?.today, "after");
    recent.dispose();
  });
});
