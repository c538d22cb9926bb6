/** A seeded generator, uniform in 0..1: a linear congruential one modulo 2^32, which is random enough for a sample. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
