import type { World } from "../advances/world.ts";

/** What stands in the place of a value of any kind. */
const STRANGE: readonly unknown[] = [
  ...[null, true, -1, 0.5, 1e308, "", "x", "1e999", "-5", "NaN", "𝕏".repeat(500), "$(alert)", "__proto__"],
  ...[[], {}, [null], { a: { b: [] } }, "9".repeat(400), "2026-13-45T99:00:00Z"],
];
/** What is no JSON of ours at all. */
const TEXTS: readonly string[] = [
  ...[
    "",
    "null",
    "[]",
    "0",
    "true",
    "<html><body>502</body></html>",
    "{",
    '{"a":',
    "\u0000",
    "\ufeff{}",
    "event: x",
    "[".repeat(2_000),
  ],
];

/** The text of an answer with something wrong about it: one value another, missing or moved; cut off; or something else altogether. */
export function spoil(good: unknown, world: World): string {
  const whole = JSON.stringify(good);
  if (world.chance(0.05)) return TEXTS[Math.floor(world.random() * TEXTS.length)]!;
  if (world.chance(0.05)) return whole.slice(0, Math.floor(world.random() * whole.length));
  const body: unknown = JSON.parse(whole);
  const places = placesIn(body);
  for (let changes = world.chance(0.2) ? 3 : 1; changes > 0; changes--) {
    const { owner, key } = places[Math.floor(world.random() * places.length)]!;
    const other = places[Math.floor(world.random() * places.length)]!;
    if (world.chance(0.3)) delete owner[key];
    else if (world.chance(0.15)) owner[key] = structuredClone(other.owner[other.key]);
    else owner[key] = structuredClone(STRANGE[Math.floor(world.random() * STRANGE.length)]);
  }
  return JSON.stringify(body);
}

interface Place {
  owner: Record<string, unknown>;
  key: string;
}

/** Every value in a body, by what it is in. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const owner = value as Record<string, unknown>;
  return Object.keys(owner).flatMap((key) => [{ owner, key }, ...placesIn(owner[key])]);
}
