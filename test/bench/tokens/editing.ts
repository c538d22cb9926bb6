import { randomFrom } from "../../../sample/random.ts";
import type { DocumentCounter, TextChange } from "../../../src/tokens/document.ts";
import { DOCUMENTS } from "./corpora.ts";
import { type Count, ENGINES } from "./engines.ts";

/**
 * Edits of one document in a process of its own: `node --expose-gc editing.ts KIND SIZE [recount]`. Prints one line of JSON, milliseconds:
 * `p50`, `p99` and `max` of an edit, `range` of the count of a range (median), where asked for `recount` of js-tiktoken counting the document
 * again; and `bytes`, what the open document takes for a character.
 */

const EDITS = 2_000;
const RANGES = 500;
const INSERTED = ["x", " ", "e", "\n", "the ", "", "", "()", '"a": 1, ', "é"];
/** The largest text that is edited once more, as a string, to compare the counts. */
const COMPARED = 1_000_000;

const [kind, size] = [process.argv[2]!, Number(process.argv[3])];
const { load, createDocumentCounter } = await import(new URL("../../../dist/bench/ours.mjs", import.meta.url).href);
const counter = load("o200k_base") as { count: Count };
counter.count("memory that the first count takes");
const before = memory();
const document = createDocumentCounter(counter, DOCUMENTS[kind]!(size)) as DocumentCounter;
const bytes = (memory() - before) / document.length();

const random = randomFrom(11);
const changes: TextChange[] = [];
for (let round = 0; round < 500; round++) edit(); // so that its code is compiled
const edits = Array.from({ length: EDITS }, edit).sort((a, b) => a - b);
const ranges = Array.from({ length: RANGES }, range).sort((a, b) => a - b);
let text = DOCUMENTS[kind]!(size);
if (size <= COMPARED) {
  for (const { rangeOffset, rangeLength, text: inserted } of changes)
    text = text.slice(0, rangeOffset) + inserted + text.slice(rangeOffset + rangeLength);
  if (counter.count(text) !== document.total()) throw new Error("the document's count is not that of its text");
}
const recount = process.argv[4] === "recount" ? await peerRecount() : undefined;
console.log(
  JSON.stringify({
    p50: edits[EDITS / 2],
    p99: edits[EDITS * 0.99],
    max: edits.at(-1),
    range: ranges[RANGES / 2],
    recount,
    bytes,
  }),
);

function edit(): number {
  const rangeOffset = Math.floor(random() * document.length());
  const rangeLength = Math.min(Math.floor(random() * 3), document.length() - rangeOffset);
  const change = { rangeOffset, rangeLength, text: INSERTED[Math.floor(random() * INSERTED.length)]! };
  changes.push(change);
  return timed(() => {
    document.apply([change]);
    document.total();
  });
}

function range(): number {
  const [a, b] = [random(), random()].map((share) => Math.floor(share * document.length()));
  return timed(() => document.count(Math.min(a!, b!), Math.max(a!, b!)));
}

async function peerRecount(): Promise<number> {
  const theirs = await ENGINES["js-tiktoken"]();
  theirs(text.slice(0, 10_000));
  return timed(() => theirs(text));
}

/** Bytes in use, without garbage. */
function memory(): number {
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}
