/** Time that never goes back and misses no step forward, for deadlines. */
export interface Clock {
  /** Milliseconds since some fixed instant: what has passed by the wall clock or by the monotone one, whichever is more. */
  monotone(): number;
  /** Epoch milliseconds, as the machine believes. */
  wall(): number;
}

/**
 * Combines both clocks: the monotone one may stand still while the machine sleeps, the wall clock may be set back.
 * A wall clock that is set forward ends deadlines early, which is safe.
 */
export function systemClock(wall: () => number = Date.now, steady: () => number = () => performance.now()): Clock {
  let passed = 0;
  let lastWall = wall();
  let lastSteady = steady();
  return {
    wall,
    monotone() {
      const [nowWall, nowSteady] = [wall(), steady()];
      passed += Math.max(0, nowWall - lastWall, nowSteady - lastSteady);
      [lastWall, lastSteady] = [nowWall, nowSteady];
      return passed;
    },
  };
}
