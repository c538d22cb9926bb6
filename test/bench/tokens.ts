import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Tiktoken } from "js-tiktoken/lite";
import { medianTimes, type Row, row } from "../../scripts/bench/row.ts";
import { root } from "../../scripts/root.ts";
import { type Counter, createCounter } from "../../src/tokens/counter.ts";
import { createDocumentCounter } from "../../src/tokens/document.ts";
import { loadRanks } from "../../src/tokens/tables.ts";

const ROUNDS = 5;
/** Texts of a measurement: one more than rounds, for the one that warms up. */
const TEXTS = ROUNDS + 1;
const PEER = "js-tiktoken";

type Count = (text: string) => number;

/** Counting in o200k_base beside js-tiktoken, over the same table: each text is new to both, the JIT is warm. */
export async function bench(): Promise<Row[]> {
  const ranks = await loadRanks("o200k_base");
  const counter = createCounter("o200k_base", ranks);
  const peer = new Tiktoken(ranks as ConstructorParameters<typeof Tiktoken>[0]);
  const theirs: Count = (text) => peer.encode(text, [], []).length;
  const prose = filesAsText("node_modules/*/README.md", TEXTS * 100_000);
  const code = filesAsText("node_modules/@types/**/*.d.ts", TEXTS * 100_000);
  return [
    await speed("prose (Markdown)", counter.count, theirs, inParts(prose), 5.5),
    await speed("TypeScript", counter.count, theirs, inParts(code), 7),
    await speed("2 KB of one letter", counter.count, theirs, runsOf("a", 2_000), 20),
    await speed("2 KB of spaces", counter.count, theirs, runsOf(" ", 2_000), 20),
    await speed("2 KB of Chinese, unbroken", counter.count, theirs, runsOf("漢字", 700), 20),
    await growth(counter.count),
    await edit(counter, theirs, prose),
  ];
}

/** Megabytes of UTF-8 a second. @throws Error when a count differs: what is wrong has no speed */
async function speed(name: string, ours: Count, theirs: Count, texts: string[], atLeast: number): Promise<Row> {
  const counts: Record<string, number[]> = { ours: [], theirs: [] };
  const times = await medianTimes(
    { ours: (round) => counts.ours!.push(ours(texts[round]!)), theirs: (round) => counts.theirs!.push(theirs(texts[round]!)) },
    ROUNDS,
  );
  if (counts.ours!.join() !== counts.theirs!.join()) throw new Error(`${name}: the counts differ`);
  const megabytes = Buffer.byteLength(texts.join("")) / texts.length / 1e6;
  const rate = (milliseconds: number) => megabytes / (milliseconds / 1000);
  return row({
    name,
    unit: "MB/s",
    ours: rate(times.ours!),
    peers: { [PEER]: rate(times.theirs!) },
    better: "more",
    goal: { of: "ratio", op: ">=", value: atLeast },
  });
}

/** How much longer an unbroken run takes that is twice as long: 2 where time is linear. */
async function growth(count: Count): Promise<Row> {
  const [once, twice] = [runsOf("a", 250_000), runsOf("a", 500_000)];
  const times = await medianTimes({ once: (round) => count(once[round]!), twice: (round) => count(twice[round]!) }, ROUNDS);
  return row({
    name: "time of 500 KB of one letter to 250 KB",
    unit: "x",
    ours: times.twice! / times.once!,
    peers: {},
    better: "less",
    goal: { of: "ours", op: "<=", value: 3 },
  });
}

/** One keystroke anywhere in a document, against counting the document again. */
async function edit(counter: Counter, theirs: Count, text: string): Promise<Row> {
  const document = createDocumentCounter(counter, text);
  const edits = 100;
  const type = (round: number) => {
    for (let i = 0; i < edits; i++) {
      const rangeOffset = Math.floor((text.length * ((i * 37 + round * 11) % edits)) / edits);
      document.apply([{ rangeOffset, rangeLength: 1, text: "x" }]);
    }
  };
  const times = await medianTimes({ ours: type, theirs: (round) => theirs(`${round} ${text}`) }, ROUNDS);
  return row({
    name: `an edit in ${Math.round(text.length / 1000)} KB of prose`,
    unit: "ms",
    ours: times.ours! / edits,
    peers: { [PEER]: times.theirs! },
    better: "less",
    goal: { of: "ours", op: "<=", value: 1 },
  });
}

/** The first `length` characters of the files' texts, one after another. @throws Error when there are fewer */
function filesAsText(pattern: string, length: number): string {
  let text = "";
  for (const file of globSync(pattern, { cwd: root }).sort()) {
    text += readFileSync(join(root, file), "utf8");
    if (text.length >= length) return text.slice(0, length);
  }
  throw new Error(`${pattern}: only ${text.length} characters`);
}

function inParts(text: string): string[] {
  const size = Math.floor(text.length / TEXTS);
  return Array.from({ length: TEXTS }, (_, part) => text.slice(part * size, (part + 1) * size));
}

/** Runs of one unit, of different lengths, so that none was seen before. */
function runsOf(unit: string, length: number): string[] {
  return Array.from({ length: TEXTS }, (_, i) => unit.repeat(length / unit.length + i));
}
