import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "ai-tokenizer";
import * as aiEncodings from "ai-tokenizer/encoding";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { Tiktoken } from "js-tiktoken/lite";
import { get_encoding } from "tiktoken";
import { randomFrom } from "../../sample/random.ts";
import { medianTimes, type Row, row } from "../../scripts/bench/row.ts";
import { root } from "../../scripts/root.ts";
import { type Counter, createCounter } from "../../src/tokens/counter.ts";
import { createDocumentCounter } from "../../src/tokens/document.ts";
import { loadRanks, type Ranks } from "../../src/tokens/tables.ts";

const ROUNDS = 5;
/** Texts of a measurement: one more than rounds, for the one that warms up. */
const TEXTS = ROUNDS + 1;
/** The referee: ours has no speed where it differs from this one's count. */
const REFEREE = "tiktoken";

type Count = (text: string) => number;
type Engines = Record<string, Count>;

/** Counting in o200k_base beside the peers: each text is new to all, the JIT is warm. */
export async function bench(): Promise<Row[]> {
  const ranks = await loadRanks("o200k_base");
  const counter = createCounter("o200k_base", ranks);
  const peers = enginesOf(ranks);
  const prose = filesAsText("node_modules/*/README.md", TEXTS * 100_000);
  const engines = { ours: counter.count, ...peers };
  return [
    await speed("prose (Markdown)", engines, inParts(prose), 5.5),
    await speed("TypeScript", engines, inParts(filesAsText("node_modules/@types/**/*.d.ts", TEXTS * 100_000)), 7),
    await speed("minified JavaScript", engines, inParts(filesAsText("node_modules/**/*.min.js", TEXTS * 100_000)), 7),
    await speed("JSON", engines, inParts(filesAsText("{package-lock,node_modules/*/package}.json", TEXTS * 40_000)), 7),
    await speed("Chinese", engines, chineseTexts(100_000), 7),
    await speed("2 KB of one letter", engines, runsOf("a", 2_000), 250),
    await speed("2 KB of spaces", engines, runsOf(" ", 2_000), 250),
    await speed("2 KB of Chinese, unbroken", engines, runsOf("漢字", 700), 250),
    await growth(counter.count),
    await edit(counter, peers["js-tiktoken"]!, prose),
  ];
}

function enginesOf(ranks: Ranks): Engines {
  const jsTiktoken = new Tiktoken(ranks as ConstructorParameters<typeof Tiktoken>[0]);
  const tiktoken = get_encoding("o200k_base");
  const aiTokenizer = new Tokenizer(aiEncodings.o200k_base);
  const plain = { disallowedSpecial: new Set<string>() };
  return {
    [REFEREE]: (text) => tiktoken.encode_ordinary(text).length,
    "gpt-tokenizer": (text) => countTokens(text, plain),
    "ai-tokenizer": (text) => aiTokenizer.encode(text).length,
    "js-tiktoken": (text) => jsTiktoken.encode(text, [], []).length,
  };
}

/** Megabytes of UTF-8 a second. @throws Error when our count differs from the referee's: what is wrong has no speed */
async function speed(name: string, engines: Engines, texts: string[], atLeast: number): Promise<Row> {
  const counts: Record<string, number[]> = {};
  const timed = Object.entries(engines).map(([engine, count]) => {
    const found: number[] = [];
    counts[engine] = found;
    return [engine, (round: number) => found.push(count(texts[round]!))] as const;
  });
  const times = await medianTimes(Object.fromEntries(timed), ROUNDS);
  if (counts.ours!.join() !== counts[REFEREE]!.join()) throw new Error(`${name}: the count is not the referee's`);
  const megabytes = Buffer.byteLength(texts.join("")) / texts.length / 1e6;
  const { ours, ...peers } = Object.fromEntries(Object.entries(times).map(([engine, ms]) => [engine, megabytes / (ms / 1000)]));
  return row({ name, unit: "MB/s", ours: ours!, peers, better: "more", goal: { of: "ratio", op: ">=", value: atLeast } });
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
    peers: { "js-tiktoken": times.theirs! },
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

/** Chinese-looking text: sentences of the most frequent characters, the first of them most often. The same in every run. */
function chineseTexts(length: number): string[] {
  const characters = [
    ..."的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运",
  ];
  const uniform = randomFrom(1);
  const random = (below: number) => Math.floor(uniform() * below);
  const frequent = () => characters[Math.floor(uniform() ** 2 * characters.length)]!;
  return Array.from({ length: TEXTS }, () => {
    let text = "";
    while (text.length < length / 3) {
      const sentence = Array.from({ length: 8 + random(20) }, frequent);
      text += `${sentence.join("")}${random(2) ? "，" : "。"}${random(12) ? "" : "\n"}`;
    }
    return text;
  });
}

/** Runs of one unit, of different lengths, so that none was seen before. */
function runsOf(unit: string, length: number): string[] {
  return Array.from({ length: TEXTS }, (_, i) => unit.repeat(length / unit.length + i));
}
