import assert from "node:assert/strict";
import { systemClock } from "./clock.ts";

describe("the clock for deadlines", () => {
  const now = { wall: 1_000_000, steady: 0, uptime: 50_000 };
  const clock = systemClock({ wall: () => now.wall, steady: () => now.steady, uptime: () => now.uptime });
  const passes = (change: Partial<typeof now>) => {
    const before = clock.monotone();
    for (const [name, by] of Object.entries(change)) now[name as keyof typeof now] += by;
    return clock.monotone() - before;
  };
  const MINUTE = 60_000;

  it("goes on with any of the machine's clocks", () => {
    assert.equal(passes({ wall: MINUTE, steady: MINUTE, uptime: MINUTE }), MINUTE);
    assert.equal(passes({ wall: -10 * MINUTE, steady: MINUTE, uptime: MINUTE }), MINUTE);
  });

  it("counts sleep, also one in which the wall clock was set back", () => {
    assert.equal(passes({ wall: 60 * MINUTE, uptime: 60 * MINUTE }), 60 * MINUTE);
    assert.ok(passes({ wall: -MINUTE, uptime: 60 * MINUTE }) >= 60 * MINUTE - 1000);
  });

  it("counts it also where a wall clock set forward had run ahead before", () => {
    passes({ wall: 100 * MINUTE });
    assert.ok(passes({ wall: -100 * MINUTE, uptime: 60 * MINUTE }) >= 60 * MINUTE - 1000);
  });

  it("asks for the uptime once in a hundredth of a second, but at once after a sleep", () => {
    const at = { wall: 1_000_000, steady: 0, uptime: 50_000 };
    let asked = 0;
    const uptime = () => {
      asked++;
      return at.uptime;
    };
    const watched = systemClock({ wall: () => at.wall, steady: () => at.steady, uptime });
    const asks = (change: Partial<typeof at>) => {
      for (const [name, by] of Object.entries(change)) at[name as keyof typeof at] += by;
      const before = asked;
      assert.equal(watched.elapsed(), watched.elapsed());
      watched.monotone();
      return asked - before;
    };
    assert.equal(asks({ wall: 9, steady: 9, uptime: 9 }), 0);
    assert.equal(asks({ wall: 1, steady: 1, uptime: 1 }), 1);
    assert.equal(watched.elapsed(), 50_010);
    assert.equal(asks({ wall: MINUTE, uptime: MINUTE }), 1);
    assert.equal(asks({ wall: -10 * MINUTE, uptime: MINUTE }), 1);
    assert.equal(watched.elapsed(), 50_010 + 2 * MINUTE);
  });

  it("gains nothing on an uptime that is told in whole seconds", () => {
    let passed = 0;
    for (let i = 0; i < 1000; i++) passed += passes({ wall: 10, steady: 10, uptime: i % 100 === 99 ? 1000 : 0 });
    assert.equal(passed, 10_000);
  });
});
