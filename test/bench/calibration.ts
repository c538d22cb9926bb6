import { medianTimes, type Row, row } from "../../scripts/bench/row.ts";
import { loadCounter } from "../../src/tokens/counter.ts";
import { BASE_ENCODING } from "../../src/tokens/encoding.ts";
import type { Counted } from "../../src/tokens/estimate/belief.ts";
import { type Calibration, observe, UNCALIBRATED } from "../../src/tokens/estimate/calibration.ts";
import { contentShares } from "../../src/tokens/estimate/contentClass.ts";
import { estimateInput } from "../../src/tokens/estimate.ts";
import { readTokenFile } from "../support/tokenFiles.ts";
import { type Corpus, corpora } from "./support/corpora.ts";
import { type Count, peersOf, type Truth, truths } from "./support/tokenizers.ts";

/** After so many observations the estimates are judged, by so many texts of each kind. */
const STAGES = [0, 10, 100];
const LAST = STAGES.at(-1)!;
const JUDGES = 60;

/** Tokens around the text of a request with one message, as our side counts them and the truth bills them. */
const FRAME = 7;

/** A request of one text with our count of it, and what a truth makes of it. */
interface Sample {
  text: string;
  counted: Counted;
  actual: number;
}

/** How good estimates of a number of texts are: relative errors in percent, and how many truths lie in the band (0..1). */
interface Quality {
  median: number;
  p95: number;
  inside: number;
}

/**
 * Estimates for tokenizers that we pretend not to know, before and after real usage. Somebody sends texts of one kind, or of all in
 * turn; every estimate is for texts that were not learned from. Chinese, Japanese and Russian are made of sentences that recur, so
 * they scatter less than what people write.
 */
export async function bench(): Promise<Row[]> {
  const { count } = await loadCounter(BASE_ENCODING, readTokenFile);
  const kinds = corpora(LAST, JUDGES);
  const all = [...kinds, inTurn(kinds)];
  const counted = new Map(
    all.flatMap(({ learning, judging }) => [...learning, ...judging]).map((text) => [text, countOf(text, count)]),
  );
  const rows = truths().flatMap((truth) => {
    const peers = peersOf(truth);
    const known = new Map<string, number>();
    const sample = (text: string): Sample => {
      const actual = known.get(text) ?? truth.count(text) + FRAME;
      known.set(text, actual);
      return { text, counted: counted.get(text)!, actual };
    };
    return all.flatMap(({ name, learning, judging }) =>
      rowsOf(`${truth.name}, ${name}`, truth, peers, learning.map(sample), judging.map(sample)),
    );
  });
  return [await speed(kinds[0]!), ...rows];
}

function countOf(text: string, count: Count): Counted {
  return { tokens: count(text), shares: contentShares([text]) };
}

/** What somebody sends who sends everything: each kind in its turn. */
function inTurn(kinds: Corpus[]): Corpus {
  const every = (of: "learning" | "judging", count: number) =>
    Array.from({ length: count }, (_, i) => kinds[i % kinds.length]![of][i]!);
  return { name: "all in turn", learning: every("learning", LAST), judging: every("judging", JUDGES) };
}

function rowsOf(name: string, { model }: Truth, peers: Record<string, Count>, learning: Sample[], judging: Sample[]): Row[] {
  const stages = STAGES.map((count) => ({ count, ...qualityOf(judging, model, learnt(learning.slice(0, count), model)) }));
  const figures = (what: string, unit: string, of: keyof Quality, goal: { op: "<=" | ">="; value: number }) =>
    stages.map(({ count, ...quality }) =>
      row({
        name: `${name}: ${what} after ${count}`,
        unit,
        ours: quality[of],
        peers: {},
        better: goal.op === "<=" ? "less" : "more",
        ...(count === LAST && { goal: { of: "ours", ...goal } }),
      }),
    );
  const theirs = Object.entries(peers).map(([peer, count]) => {
    const errors = judging.map(({ text, actual }) => errorOf(count(text) + FRAME, actual));
    return [peer, quantile(errors, 0.5)] as const;
  });
  return [
    ...figures("median error", "%", "median", { op: "<=", value: 3 }),
    ...figures("95 % of errors below", "%", "p95", { op: "<=", value: 10 }),
    ...figures("truth inside the band", "of 1", "inside", { op: ">=", value: 0.9 }),
    row({
      name: `${name}: median error beside peers`,
      unit: "%",
      ours: stages.at(-1)!.median,
      peers: Object.fromEntries(theirs),
      better: "less",
      goal: { of: "ratio", op: ">=", value: 1 },
    }),
  ];
}

function learnt(samples: Sample[], model: string): Calibration {
  return samples.reduce(
    (calibration, { counted, actual }) => observe(calibration, model, { ...counted, frame: FRAME }, actual),
    UNCALIBRATED,
  );
}

function qualityOf(samples: Sample[], model: string, calibration: Calibration): Quality {
  const judged = samples.map(({ counted, actual }) => {
    const { low, likely, high } = estimateInput(counted, FRAME, model, calibration);
    return { error: errorOf(likely, actual), inside: low <= actual && actual <= high };
  });
  const errors = judged.map(({ error }) => error);
  const inside = judged.filter((one) => one.inside).length / judged.length;
  return { median: quantile(errors, 0.5), p95: quantile(errors, 0.95), inside };
}

/** In percent of the truth. */
function errorOf(estimate: number, actual: number): number {
  return 100 * Math.abs(estimate / actual - 1);
}

/** The value below which so many of all lie (nearest rank). */
function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1]!;
}

/** How long it takes to see what a long text is made of. */
async function speed({ learning }: Corpus): Promise<Row> {
  const text = learning.join("\n").repeat(5);
  const looks = 50;
  const look = () => {
    for (let i = 0; i < looks; i++) contentShares([text]);
  };
  const { ours } = await medianTimes({ ours: look }, 5);
  return row({
    name: `what ${(text.length / 1e6).toFixed(1)} MB of prose are made of`,
    unit: "ms",
    ours: ours! / looks,
    peers: {},
    better: "less",
    goal: { of: "ours", op: "<=", value: 0.2 },
  });
}
