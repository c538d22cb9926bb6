import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../../../sample/random.ts";
import { root } from "../../../scripts/root.ts";

/** Two texts of a kind that share nothing but the kind: one to warm up with, one that no engine has seen. */
export interface Corpus {
  warm: string;
  fresh: string;
}

/** The kinds of text, by name. Each text has about a megabyte; minified JavaScript half of it, for there is no more. */
export const CORPORA: Record<string, () => Corpus> = {
  "prose (Markdown)": () => twoOf("node_modules/**/*.md", 1_000_000),
  TypeScript: () => twoOf("node_modules/**/*.d.ts", 1_000_000),
  "minified JavaScript": () => twoOf("node_modules/**/*.min.{js,mjs}", 600_000),
  JSON: () => twoOf("node_modules/**/*.json", 1_000_000),
  Chinese: () => ({ warm: chinese(400_000, 1), fresh: chinese(400_000, 2) }),
  "Chinese characters at random": () => ({ warm: randomChinese(400_000, 1), fresh: randomChinese(400_000, 2) }),
};

/** Texts of one unbroken piece, on which an engine that merges pair by pair takes quadratic time. Other seeds give other texts of the kind. */
export const HOSTILE: Record<string, (seed: number) => string> = {
  "100 KB of one letter": (seed) => "a".repeat(100_000 + seed),
  "100 KB of spaces": (seed) => " ".repeat(100_000 + seed),
  "100 KB of line ends": (seed) => "\n".repeat(100_000 + seed),
  "200 KB of letters at random": (seed) => pick([..."abcdefghijklmnopqrstuvwxyz"], 200_000, seed),
  "200 KB of Chinese characters at random": (seed) => pick(codePoints(0x4e00, 20_000), 66_000, seed),
  "140 KB of joined emoji": (seed) => "👨‍👩‍👧".repeat(7_800 + seed),
  "200 KB of symbols": (seed) => pick([..."!@#$%^&*"], 200_000, seed),
};

/** Long texts that are many pieces, yet have few places to cut. */
export const DENSE: Record<string, (seed: number) => string> = {
  "200 KB of base64": (seed) => pick([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"], 200_000, seed),
  "200 KB of digits": (seed) => pick([..."0123456789"], 200_000, seed),
};

/** About `size` characters of the documents that are edited in the bench. */
export const DOCUMENTS: Record<string, (size: number) => string> = {
  prose: (size) => repeated(filesAsText("node_modules/**/*.md", Math.min(size, 3_000_000), 0), size),
  "one-line JSON": (size) => repeated(JSON.stringify(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))), size),
};

function twoOf(pattern: string, size: number): Corpus {
  return { warm: filesAsText(pattern, size, 0), fresh: filesAsText(pattern, size, size) };
}

/** `length` characters of the files' texts, one after another, after the first `skip`. @throws Error when there are fewer */
function filesAsText(pattern: string, length: number, skip: number): string {
  let text = "";
  for (const file of globSync(pattern, { cwd: root }).sort()) {
    text += readFileSync(join(root, file), "utf8");
    if (text.length >= skip + length) return text.slice(skip, skip + length);
  }
  throw new Error(`${pattern}: only ${text.length} characters`);
}

function repeated(text: string, size: number): string {
  return text.repeat(Math.ceil(size / text.length)).slice(0, size);
}

/** Chinese text that nobody has written: one character after another as they follow each other in a real text. The same in every run. */
function chinese(length: number, seed: number): string {
  const source = readFileSync(join(root, "node_modules", "@biomejs", "biome", "README.zh-CN.md"), "utf8").replace(
    /[^\u3000-\uffef\n]/g,
    "",
  );
  const followers = Map.groupBy(
    Array.from(source, (char, at) => ({ char, next: source[at + 1] ?? "。" })),
    ({ char }) => char,
  );
  const random = randomFrom(seed);
  let text = "的";
  for (let char = "的"; text.length < length; text += char) {
    const after = followers.get(char)!;
    char = after[Math.floor(random() * after.length)]!.next;
  }
  return text;
}

/** Sentences of the most frequent characters, the first of them most often: hardly any two neighbours are a token together. */
function randomChinese(length: number, seed: number): string {
  const characters = [
    ..."的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运",
  ];
  const uniform = randomFrom(seed);
  const random = (below: number) => Math.floor(uniform() * below);
  let text = "";
  while (text.length < length) {
    const sentence = Array.from({ length: 8 + random(20) }, () => characters[Math.floor(uniform() ** 2 * characters.length)]!);
    text += `${sentence.join("")}${random(2) ? "，" : "。"}${random(12) ? "" : "\n"}`;
  }
  return text;
}

function pick(units: readonly string[], count: number, seed: number): string {
  const uniform = randomFrom(seed);
  return Array.from({ length: count }, () => units[Math.floor(uniform() * units.length)]!).join("");
}

function codePoints(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => String.fromCodePoint(from + i));
}
