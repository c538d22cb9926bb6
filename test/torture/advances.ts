import { MUTANTS } from "./advances/parts.ts";
import { simulate, sum } from "./advances/simulation.ts";
import { Broken } from "./advances/world.ts";

/**
 * Both halves of the advances (src/budget/advance) against a bad world, by seeds: no promise may break; and every wrong
 * implementation must be found, or the simulation is blind.
 */
export async function torture({
  seed,
  count = 1_000,
  log,
}: {
  seed: number;
  count?: number;
  log: (line: string) => void;
}): Promise<void> {
  const tallies = [];
  for (let i = 0; i < count; i++) tallies.push(simulate(seed + i).tally);
  const { admitted, atOnce, refused, whilePartitioned, uncovered, crashes, syncs } = tallies.reduce(sum);
  log(
    `${count} seeds: ${admitted} requests admitted (${percent(atOnce, admitted)} at once, ${whilePartitioned} while cut off, ${uncovered} uncovered), ${refused} refused`,
  );
  log(`${crashes} crashes, ${(syncs / (admitted + refused)).toFixed(2)} messages a request; every promise kept`);
  const tries = Math.max(1, Math.ceil(count / 10));
  for (const [name, wrong] of Object.entries(MUTANTS)) {
    const found = findings(seed, tries, wrong);
    if (found.length === 0) throw new Error(`"${name}" was not found in ${tries} seeds from ${seed}`);
    log(`${name}: found in ${found.length} of ${tries} seeds (${found[0]!.message.split(" is broken")[0]})`);
  }
}

/** The faults that seeds find in a wrong implementation. */
export function findings(seed: number, tries: number, wrong: (typeof MUTANTS)[string]): Broken[] {
  const found: Broken[] = [];
  for (let i = 0; i < tries; i++) {
    try {
      simulate(seed + i, wrong);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      found.push(error);
    }
  }
  return found;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
