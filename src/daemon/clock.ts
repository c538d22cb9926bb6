import { uptime } from "node:os";

/** Time that never goes back and misses no step forward, for deadlines. */
export interface Clock {
  /** Milliseconds since some fixed instant: what has passed by the clock by which most has. */
  monotone(): number;
  /** Milliseconds that have really passed since some fixed instant, asleep or not, however the machine's clock is set. */
  elapsed(): number;
  /** Epoch milliseconds, as the machine believes. */
  wall(): number;
}

/** Where a clock reads time: epoch ms; ms of a clock that is never set; ms since the machine started. */
export interface Readings {
  wall: () => number;
  steady: () => number;
  uptime: () => number;
}

const SYSTEM: Readings = { wall: Date.now, steady: () => performance.now(), uptime: () => uptime() * 1000 };

/** The uptime may be told in whole seconds (ms). */
const COARSE = 1000;
/** It is told in hundredths of a second at best, and asking for it is slow on Linux (a file is read): not twice within one (ms). */
const FRESH = 10;

/**
 * What has passed between two readings by the clock by which most has, because none is right everywhere: the steady one stands still
 * while a Linux machine sleeps, the wall clock may be set back, and the uptime, which counts sleep (CLOCK_BOOTTIME, GetTickCount64),
 * follows the wall clock on macOS, where the steady one counts sleep. A wall clock that is set forward ends deadlines early, which is
 * safe; of a sleep in which it was set back, a second may be missed.
 */
export function systemClock(readings: Readings = SYSTEM): Clock {
  let told = { wall: Number.NaN, steady: Number.NaN, uptime: 0 };
  const read = () => {
    const [wall, steady] = [readings.wall(), readings.steady()];
    // After a sleep the wall clock is another, even where it was set back.
    const isFresh = Math.abs(wall - told.wall) < FRESH && steady - told.steady < FRESH;
    if (!isFresh) told = { wall, steady, uptime: readings.uptime() };
    return [wall, steady, told.uptime] as const;
  };
  let passed = 0;
  let last = read();
  return {
    wall: readings.wall,
    elapsed: () => read()[2],
    monotone() {
      const [wall, steady, uptime] = read();
      // The uptime is rounded: without the second it would gain on every reading.
      passed += Math.max(0, wall - last[0], steady - last[1], uptime - last[2] - COARSE);
      last = [wall, steady, uptime];
      return passed;
    },
  };
}
