import { median, type Row, row } from "../../../scripts/bench/row.ts";
import { simulateDirect } from "./direct.ts";
import { simulateWorkload, type WorkloadResult } from "./workload.ts";

/** Fully active: requests per second of a machine. */
const ACTIVE = 0.18;
/** Seconds at work before anything is counted. */
const WARM = 300;
const SEED = 20_261_125;
/** The end of a limit is a moment, whose figures differ by a tenth of a percent: medians of several. */
const SEEDS = [SEED, 7, 99, 1, 2, 3, 4];

/**
 * How many requests wait for nobody, and how many calls there are, under the workload that the advances were sized for: the pure machines
 * in virtual time, with more than enough money, near a limit (70 % of what is asked for), and in a quiet team.
 */
export function shares(): Row[] {
  return [
    ...ample(50, 2 * 3600),
    ...ample(1_000, 900),
    ...ample(10_000, 120),
    ...exhausted(50, 2 * 3600),
    ...exhausted(1_000, 3600),
    ...quiet(),
  ];
}

function ample(machines: number, seconds: number): Row[] {
  const { admitted, atOnce, calls } = simulateWorkload({ machines, seconds, rate: ACTIVE, warm: WARM }, SEED);
  const name = `${machines.toLocaleString("en-US")} machines, money enough`;
  return [
    percent(`${name}: without a round trip`, atOnce / admitted, { op: ">=", value: 97 }),
    ours(`${name}: calls a request`, "calls", calls / admitted, { op: "<=", value: 0.2 }),
  ];
}

function exhausted(machines: number, seconds: number): Row[] {
  const workload = { machines, seconds, rate: ACTIVE, share: 0.7 };
  const results = SEEDS.map((seed) => simulateWorkload(workload, seed));
  const typical = (of: (result: WorkloadResult) => number) => median(results.map(of));
  const direct = median(SEEDS.map((seed) => simulateDirect(workload, seed).wrongful));
  const wrongful = typical((result) => result.wrongful);
  const name = `${machines.toLocaleString("en-US")} machines, to the end of a limit`;
  return [
    percent(
      `${name}: without a round trip`,
      typical(({ atOnce, admitted }) => atOnce / admitted),
    ),
    percent(
      `${name}: of the limit free in advances at the first refusal`,
      typical((result) => result.stranded),
      { op: "<=", value: 0.5 },
    ),
    percent(
      `${name}: of the limit with one machine then`,
      typical((result) => result.largest),
      { op: "<=", value: 1 },
    ),
    // Money on its way home is there and cannot be had: so also where each request is asked for and settled.
    percent(`${name}: refused though the money was there`, wrongful),
    percent(`${name}: refused so, above what asking for each request does`, wrongful - direct, { op: "<=", value: 0.2 }),
    percent(
      `${name}: of the limit used`,
      typical((result) => result.used),
      { op: ">=", value: 99.9 },
    ),
    ours(
      `${name}: fairness (Jain)`,
      "",
      typical((result) => result.fairness),
      { op: ">=", value: 0.9 },
    ),
  ];
}

/** Asking for each request and settling it would be two calls. */
function quiet(): Row[] {
  const { admitted, calls } = simulateWorkload({ machines: 50, seconds: 4 * 3600, rate: 0.004 }, SEED);
  const figures = { ours: calls / admitted, peers: { "asked and settled each": 2 } };
  const goal = { of: "ratio", op: ">=", value: 1 } as const;
  return [row({ name: "50 machines of a quiet team: calls a request", unit: "calls", ...figures, better: "less", goal })];
}

type Limit = { op: ">=" | "<="; value: number };

function percent(name: string, share: number, goal?: Limit): Row {
  return ours(name, "%", 100 * share, goal);
}

function ours(name: string, unit: string, figure: number, goal?: Limit): Row {
  return row({ name, unit, ours: figure, peers: {}, better: "less", ...(goal && { goal: { of: "ours", ...goal } }) });
}
