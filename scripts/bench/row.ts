/** One figure of a bench, beside the same figure of its peers. */
export interface Row {
  name: string;
  /** Of `ours` and `peers`, e.g. `ms`, `MB/s`. */
  unit: string;
  ours: number;
  peers: Record<string, number>;
  /** How many times better ours is than the best peer's; above 1 is better. Absent without peers. */
  ratio?: number;
  goal?: Goal;
  /** Whether the goal is met; absent without one. */
  met?: boolean;
}

export interface Goal {
  of: "ratio" | "ours";
  op: ">=" | "<=";
  value: number;
}

/** A row with its ratio and its goal's outcome computed. `better` says which way the unit is good. */
export function row({ better, ...figures }: Omit<Row, "ratio" | "met"> & { better: "less" | "more" }): Row {
  const peers = Object.values(figures.peers);
  const ratio = better === "less" ? Math.min(...peers) / figures.ours : figures.ours / Math.max(...peers);
  const measured: Row = peers.length > 0 ? { ...figures, ratio } : figures;
  return figures.goal ? { ...measured, met: meets(measured, figures.goal) } : measured;
}

function meets(measured: Row, { of, op, value }: Goal): boolean {
  const figure = measured[of];
  return figure !== undefined && (op === ">=" ? figure >= value : figure <= value);
}

/**
 * Runs the candidates in turn, `rounds` times, and gives the median time of each in milliseconds: what slows the machine
 * down for a while then slows all of them. Round 0 warms up and does not count.
 */
export async function medianTimes(
  candidates: Record<string, (round: number) => unknown>,
  rounds: number,
): Promise<Record<string, number>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      const start = performance.now();
      await run(round);
      if (round > 0) times[name]!.push(performance.now() - start);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
}

/** The median; the mean of the middle two for an even count. @throws RangeError on no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("the median of nothing");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Rows as a table for people: the ratio first. */
export function tableOf(rows: readonly Row[]): string {
  const peers = [...new Set(rows.flatMap((each) => Object.keys(each.peers)))];
  const head = ["ratio", "what", "unit", "ours", ...peers, "goal"];
  const lines = rows.map((each) => [
    each.ratio === undefined ? "" : `${short(each.ratio)}x`,
    each.name,
    each.unit,
    short(each.ours),
    ...peers.map((peer) => short(each.peers[peer])),
    goalOf(each),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)));
  const isText = (column: number) => column === 1 || column === 2 || column === head.length - 1;
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function goalOf({ goal, met }: Row): string {
  return goal ? `${goal.of} ${goal.op} ${goal.value}: ${met ? "met" : "MISSED"}` : "";
}

/** Three significant digits. */
function short(value: number | undefined): string {
  if (value === undefined) return "-";
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : Number(value.toPrecision(3)).toString();
}
