/** Arithmetic modulo a prime so small that products stay exact: a determinant of ours (0s and 1s, few rows) is hardly a multiple of it. */
const PRIME = 67_108_859;

/** The span of vectors of 0s and 1s, given by where their 1s are. */
export class Span {
  readonly #size: number;
  /** Reduced rows, by the index of their first element that is not 0, which is 1. */
  readonly #rows: Map<number, number[]>;

  constructor(size: number, rows: ReadonlyMap<number, number[]> = new Map()) {
    this.#size = size;
    this.#rows = new Map(rows);
  }

  copy(): Span {
    return new Span(this.#size, this.#rows);
  }

  has(ones: readonly number[]): boolean {
    return this.#reduced(ones) === undefined;
  }

  add(ones: readonly number[]): void {
    const row = this.#reduced(ones);
    if (!row) return;
    const lead = row.findIndex((value) => value !== 0);
    const inverse = power(row[lead]!, PRIME - 2);
    this.#rows.set(
      lead,
      row.map((value) => (value * inverse) % PRIME),
    );
  }

  /** What is left of a vector without the span's part; undefined where that is nothing. */
  #reduced(ones: readonly number[]): number[] | undefined {
    const vector = new Array<number>(this.#size).fill(0);
    for (const index of ones) vector[index] = 1;
    for (let lead = 0; lead < this.#size; lead++) {
      const factor = vector[lead]!;
      const row = factor === 0 ? undefined : this.#rows.get(lead);
      if (!row) continue;
      for (let index = lead; index < this.#size; index++)
        vector[index] = (vector[index]! + (PRIME - factor) * row[index]!) % PRIME;
    }
    return vector.some((value) => value !== 0) ? vector : undefined;
  }
}

function power(base: number, exponent: number): number {
  let [result, square] = [1, base];
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}
