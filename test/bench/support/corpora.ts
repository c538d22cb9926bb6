import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../../../sample/random.ts";
import { root } from "../../../scripts/root.ts";
import { CHINESE, JAPANESE, paragraphs, RUSSIAN } from "./sentences.ts";

/** Texts of one kind, as somebody would send them: some to learn from, others to be judged by. */
export interface Corpus {
  name: string;
  learning: string[];
  judging: string[];
}

/** Sizes of texts in characters: small and large ones alike often, on a scale of doublings. */
const SHORTEST = 1_000;
const LONGEST = 5_500;

/** Real texts from `node_modules`, sentences of three languages, and prompts that are mixed of three kinds. */
export function corpora(learning: number, judging: number): Corpus[] {
  const texts: Record<string, string> = {
    prose: filesAsText("node_modules/*/README.md"),
    TypeScript: filesAsText("node_modules/@types/**/*.d.ts"),
    JSON: filesAsText("{package-lock,node_modules/**/package,node_modules/**/*schema*}.json"),
    "minified JavaScript": filesAsText("node_modules/**/*.min.js"),
    Chinese: paragraphs(CHINESE, 6_000),
    Japanese: paragraphs(JAPANESE, 5_000),
    Russian: paragraphs(RUSSIAN, 3_000),
  };
  const apart = Object.entries(texts).map(([name, text]) => corpus(name, text, learning, judging));
  const [prose, code, json] = apart as [Corpus, Corpus, Corpus];
  const together = (of: "learning" | "judging") =>
    prose[of].map((text, i) => [text, "```ts", code[of].at(-1 - i), "```", json[of][i]].join("\n"));
  return [...apart, { name: "prose, code and JSON in one", learning: together("learning"), judging: together("judging") }];
}

/** Cuts pieces that do not overlap out of a text, spread over all of it; which are learned from and which judge is drawn. */
function corpus(name: string, text: string, learning: number, judging: number): Corpus {
  const random = randomFrom(7);
  const count = learning + judging;
  const room = Math.floor(text.length / count);
  if (room < LONGEST) throw new Error(`${name}: only ${text.length} characters`);
  const pieces = Array.from({ length: count }, (_, i) => {
    const size = Math.floor(SHORTEST * (LONGEST / SHORTEST) ** random());
    return { order: random(), text: text.slice(i * room, i * room + size) };
  });
  const drawn = pieces.sort((a, b) => a.order - b.order).map((piece) => piece.text);
  return { name, learning: drawn.slice(0, learning), judging: drawn.slice(learning) };
}

/** So much of a file and of all files is taken (characters), so that no large file stands for its kind. */
const MOST_OF_FILE = 100_000;
const ENOUGH = 4_000_000;

/** Names of special tokens, as in the READMEs of tokenizers: some refuse a text that has one. */
const SPECIAL = /<\|\w+\|>/g;

/** The files' texts, one after another, as far as they are needed. */
function filesAsText(pattern: string): string {
  let text = "";
  for (const file of globSync(pattern, { cwd: root }).sort()) {
    text += readFileSync(join(root, file), "utf8").slice(0, MOST_OF_FILE);
    if (text.length >= ENOUGH) break;
  }
  return text.replace(SPECIAL, "");
}
