import { FEWEST } from "../policy/visibility.ts";
import { Span } from "./span.ts";

/** That somebody did something: a value for each of several dimensions, e.g. a model and a project. */
export interface Deed<D extends string> {
  person: string;
  values: Readonly<Record<D, string>>;
}

/** By dimension, the values whose sums are shown; all others are one more sum. */
export type ToldApart<D extends string> = Map<D, Set<string>>;

/**
 * Which sums of a block can be shown, all of them at once: each is of at least `FEWEST` people, and so is the rest of each dimension; what is
 * left of a sum without two that lie in it and have nothing in common, or all such of one dimension, is; and no sums and differences of them, however many, come down to
 * one person.
 */
export function toldApart<D extends string>(deeds: readonly Deed<D>[], dimensions: readonly D[]): ToldApart<D> {
  const told: ToldApart<D> = new Map(dimensions.map((dimension) => [dimension, withEnough(deeds, dimension)]));
  for (;;) {
    const sums = new Sums(deeds, told);
    if (!sums.leaveTooFew() && !sums.revealSomebody()) return told;
    const finest = dimensions.toSorted((a, b) => told.get(b)!.size - told.get(a)!.size)[0]!;
    told.get(finest)!.delete(smallestOf(peopleBy(deeds, finest), told.get(finest)!)!);
  }
}

/** The values with enough people, where those without have enough together. */
function withEnough<D extends string>(deeds: readonly Deed<D>[], dimension: D): Set<string> {
  const people = peopleBy(deeds, dimension);
  const told = new Set([...people].filter(([, who]) => who.size >= FEWEST).map(([value]) => value));
  const rest = new Set([...people].filter(([value]) => !told.has(value)).flatMap(([, who]) => [...who]));
  while (rest.size > 0 && rest.size < FEWEST && told.size > 0) {
    const value = smallestOf(people, told)!;
    told.delete(value);
    for (const person of people.get(value)!) rest.add(person);
  }
  return told;
}

function peopleBy<D extends string>(deeds: readonly Deed<D>[], dimension: D): Map<string, Set<string>> {
  const people = new Map<string, Set<string>>();
  for (const { person, values } of deeds) {
    const value = values[dimension];
    const who = people.get(value) ?? new Set();
    people.set(value, who.add(person));
  }
  return people;
}

function smallestOf(people: ReadonlyMap<string, ReadonlySet<string>>, among: ReadonlySet<string>): string | undefined {
  return [...among].sort((a, b) => people.get(a)!.size - people.get(b)!.size || (a < b ? -1 : 1))[0];
}

/** Deeds that every sum has, or has not, together: the index of their sum in each dimension, and whose they are. */
interface Kind {
  sums: number[];
  people: Set<string>;
}

/** Those in a sum, and those outside. */
function split(kinds: readonly Kind[], sum: number): [Kind[], Kind[]] {
  return [kinds.filter(({ sums }) => sums.includes(sum)), kinds.filter(({ sums }) => !sums.includes(sum))];
}

/** The sums that are shown, over kinds of deeds. */
class Sums {
  readonly #kinds = new Map<string, Kind>();
  readonly #count: number;

  constructor(deeds: readonly Deed<string>[], told: ToldApart<string>) {
    const indices = new Map<string, number>();
    for (const { person, values } of deeds) {
      const sums = [...told].map(([dimension, shown]) => {
        const name = shown.has(values[dimension]!) ? `${dimension}=${values[dimension]}` : dimension;
        if (!indices.has(name)) indices.set(name, indices.size);
        return indices.get(name)!;
      });
      const kind = this.#kinds.get(sums.join()) ?? { sums, people: new Set() };
      this.#kinds.set(sums.join(), kind);
      kind.people.add(person);
    }
    this.#count = indices.size;
  }

  /**
   * Whether a sum, or that of all, is of somebody, but of too few, without one that lies wholly in it, and without those of one dimension that do, too, and have
   * nothing in common with that one. (Where fewer are taken away, another sum lies in what is left, which is of enough.)
   */
  leaveTooFew(): boolean {
    const kinds = [...this.#kinds.values()];
    const dimensions = kinds[0]?.sums.length ?? 0;
    const isFew = (left: readonly Kind[]) => {
      const people = new Set(left.flatMap((kind) => [...kind.people]));
      return people.size > 0 && people.size < FEWEST;
    };
    // The last one is the sum of all.
    return Array.from({ length: this.#count + 1 }, (_, sum) => sum).some((sum) => {
      const [whole, outside] = sum === this.#count ? [kinds, []] : split(kinds, sum);
      const lies = new Set(whole.flatMap(({ sums }) => sums));
      for (const kind of outside) for (const other of kind.sums) lies.delete(other);
      lies.delete(sum);
      return Array.from({ length: dimensions }, (_, own) => own).some((own) => {
        const without = (left: readonly Kind[], kept: ReadonlySet<number>) =>
          left.filter(({ sums }) => kept.has(sums[own]!) || !lies.has(sums[own]!));
        if (isFew(without(whole, new Set()))) return true;
        return [...lies].some((part) => {
          const [inIt, rest] = split(whole, part);
          return isFew(without(rest, new Set(inIt.map(({ sums }) => sums[own]!))));
        });
      });
    });
  }

  /**
   * Whether some sums and differences of sums come down to what one person did. With a kind as the vector of the sums that it is in, that
   * is so where a kind of this person's alone does not lie in the span of the kinds that others have.
   */
  revealSomebody(): boolean {
    const common = new Span(this.#count);
    const alone: { person: string; sums: number[] }[] = [];
    for (const { sums, people } of this.#kinds.values()) {
      if (people.size > 1) common.add(sums);
      else alone.push({ person: [...people][0]!, sums });
    }
    const doubtful = alone.filter(({ sums }) => !common.has(sums));
    return doubtful.some(({ person, sums }) => {
      const others = common.copy();
      for (const other of doubtful) if (other.person !== person) others.add(other.sums);
      return !others.has(sums);
    });
  }
}
