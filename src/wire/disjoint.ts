/**
 * Takes the parts out of a total one after the other, each as far as there is something left; the last element is what is left.
 * So each token is counted exactly once, and the classes add up to the total, even where a server's details exceed it.
 */
export function disjoint(total: number, parts: readonly (number | null | undefined)[]): number[] {
  let left = total;
  const taken = parts.map((part) => {
    const take = Math.min(left, part ?? 0);
    left -= take;
    return take;
  });
  return [...taken, left];
}
