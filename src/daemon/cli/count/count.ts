import { bundledCatalogue } from "../../../prices/catalogue.ts";
import { findPrice } from "../../../prices/find.ts";
import { loadCounter, type ReadTokenFile } from "../../../tokens/counter.ts";
import { BASE_ENCODING, ENCODINGS, type EncodingName, encodingForModel } from "../../../tokens/encoding.ts";
import type { Counted } from "../../../tokens/estimate/belief.ts";
import type { Calibration } from "../../../tokens/estimate/calibration.ts";
import { estimateTokens, type TokenEstimate } from "../../../tokens/estimate.ts";
import type { Terminal } from "../terminal.ts";
import { columns } from "../text.ts";
import type { FileTokens } from "./countFile.ts";
import { sourcesOf } from "./files.ts";
import { countFiles } from "./pool.ts";

export interface CountOptions {
  encoding?: string;
  model?: string;
  /** Show only what has more tokens than this, and exit with 3 if anything has. */
  over?: number;
  json?: boolean;
}

/** What counting needs of its surroundings. */
export interface CountParts {
  readTokenFile: ReadTokenFile;
  /** The script of its threads. */
  worker: string;
  /** What a daemon that runs has learned from real usage. Without one, estimates are made of published ratios alone. */
  learned(): Promise<Calibration | undefined>;
}

type Estimator = (counted: Counted) => TokenEstimate;

/** One file's count, as `--json` prints it. */
interface Count {
  file: string;
  encoding: EncodingName;
  tokens: number;
  exact: boolean;
  low: number;
  high: number;
}

/**
 * `count`: tokens of files, of the files in folders and of those that globs match, or of standard input (`-`). Answers the exit code: 1 when
 * what was named could not be counted (all else is), 2 when the options make no sense, 3 when something has more than `over` tokens.
 */
export async function count(args: string[], options: CountOptions, parts: CountParts, terminal: Terminal): Promise<number> {
  const encoding = chosenEncoding(options);
  if (!encoding) {
    terminal.err(`unknown encoding: ${options.encoding} (there are ${ENCODINGS.join(", ")})`);
    return 2;
  }
  if (options.model !== undefined && !(await isKnown(options.model))) {
    terminal.err(`unknown model: ${options.model} (count in an encoding instead, with --encoding ${BASE_ENCODING})`);
    return 2;
  }
  const { sources, faults } = await sourcesOf(args);
  const files = sources.map(({ file }) => file);
  const estimate = await estimatorFor(options.model, parts);
  const asked = { withShares: estimate !== undefined, over: estimate ? undefined : options.over };
  const found = await countFiles(files, await loadCounter(encoding, parts.readTokenFile), parts.worker, asked);
  const counts: Count[] = [];
  let leftOut = 0;
  for (const [at, result] of found.entries()) {
    const { file, named } = sources[at]!;
    if ("tokens" in result) counts.push({ file, encoding, ...boundsOf(result, estimate) });
    else if ("isBelow" in result) continue;
    else if (named || result.isText) faults.push(`${file}: ${result.fault}`);
    else leftOut++;
  }
  for (const fault of faults) terminal.err(fault);
  if (leftOut > 0) terminal.err(`left out ${leftOut} ${leftOut === 1 ? "file that is" : "files that are"} no text`);
  const { over = -1 } = options;
  const shown = counts.filter(({ tokens }) => tokens > over);
  if (options.json) terminal.out(JSON.stringify(shown, undefined, 2));
  else if (shown.length > 0) terminal.out(table(shown));
  if (faults.length > 0) return 1;
  return options.over !== undefined && shown.length > 0 ? 3 : 0;
}

function chosenEncoding({ encoding, model }: CountOptions): EncodingName | undefined {
  if (encoding !== undefined) return ENCODINGS.find((name) => name === encoding);
  return (model !== undefined && encodingForModel(model)) || BASE_ENCODING;
}

/** A mistyped name must not pass for a model that merely has no public tokenizer. */
async function isKnown(model: string): Promise<boolean> {
  if (encodingForModel(model) || /^(.*\/)?(claude|gemini)-/.test(model.toLowerCase())) return true; // new ones come before a catalogue does
  return findPrice((await bundledCatalogue()).at(Date.now()), { provider: "", model }) !== undefined;
}

/** What turns counts into estimates; undefined where they are exact. */
async function estimatorFor(model: string | undefined, { learned }: CountParts): Promise<Estimator | undefined> {
  if (model === undefined || encodingForModel(model)) return undefined;
  const calibration = await learned();
  return (counted) => estimateTokens(counted, model, calibration);
}

function boundsOf({ tokens, shares }: FileTokens, estimate: Estimator | undefined): Omit<Count, "file" | "encoding"> {
  if (!estimate || !shares) return { tokens, exact: true, low: tokens, high: tokens };
  const { low, likely, high, exact } = estimate({ tokens, shares });
  return { tokens: likely, exact, low, high };
}

function table(counts: Count[]): string {
  const rows = counts.map(({ file, tokens, exact, low, high }) => row(file, tokens, exact, low, high));
  if (counts.length > 1) {
    const sum = (of: (one: Count) => number) => counts.reduce((total, one) => total + of(one), 0);
    const exact = counts.every((one) => one.exact);
    rows.push(
      row(
        "total",
        sum((one) => one.tokens),
        exact,
        sum((one) => one.low),
        sum((one) => one.high),
      ),
    );
  }
  return columns(rows, ["right", "left", "left"]).join("\n");
}

function row(file: string, tokens: number, exact: boolean, low: number, high: number): string[] {
  const show = (value: number) => value.toLocaleString("en-US");
  return [`${exact ? "" : "~"}${show(tokens)}`, exact ? "" : `(${show(low)}–${show(high)})`, file];
}
