import { execFile } from "node:child_process";
import { join } from "node:path";
import { median, type Row, row } from "../../scripts/bench/row.ts";
import { CORPORA, DENSE, HOSTILE } from "./tokens/corpora.ts";
import { bundleOurs, ENGINES, type EngineName } from "./tokens/engines.ts";

/** Runs of each engine; what is shown is their median. Engines take turns, each time in a new process. One run is enough for the slowest. */
const ROUNDS = 5;
const SLOWEST: EngineName = "js-tiktoken";
/** A peer that needs longer for one hostile text, its start included, is left out of the row. */
const PATIENCE_MS = 25_000;
/** What takes longer than this hangs. */
const HANGS_MS = 300_000;
/** Ours has no figure where its count differs from this one's. */
const REFEREE = "tiktoken";
const ALL = Object.keys(ENGINES) as EngineName[];

/** How many times faster ours is to be on new text of a kind. Of characters at random nobody writes: their row is there to be honest. */
const GOALS: Record<string, { besideFastest: number; besideReferee?: number }> = {
  "prose (Markdown)": { besideFastest: 5.5, besideReferee: 10 },
  TypeScript: { besideFastest: 7, besideReferee: 10 },
  "minified JavaScript": { besideFastest: 7, besideReferee: 10 },
  JSON: { besideFastest: 7, besideReferee: 10 },
  Chinese: { besideFastest: 7 },
};

type Figures = Record<string, number>;

/** Counting in o200k_base beside the peers: on text that no engine has seen, on text that is hostile, from a cold start, and while text is edited. */
export async function bench(): Promise<Row[]> {
  await bundleOurs();
  return [...(await speeds()), ...(await pieces()), ...(await growths()), ...(await starts()), ...(await edits())];
}

async function speeds(): Promise<Row[]> {
  const runs = await inTurns<Record<string, Figures>>(ALL, ["speed"]);
  return Object.keys(CORPORA).flatMap((corpus) => {
    const figures = (name: string) => mapValues(runs, (list) => median(list.map((run) => run[corpus]![name]!)));
    assertExact(corpus, figures("tokens"));
    const fresh = figures("fresh");
    const { besideFastest, besideReferee } = GOALS[corpus] ?? {};
    return [
      speedRow(`${corpus}, new`, fresh, besideFastest),
      ...(besideReferee
        ? [speedRow(`${corpus}, new, beside tiktoken alone`, pick(fresh, ["ours", REFEREE]), besideReferee)]
        : []),
      speedRow(`${corpus}, seen before`, figures("warm")),
    ];
  });
}

/** Hostile texts: ours on several of a kind, the peers on one, for they take seconds. */
async function pieces(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of [...Object.keys(HOSTILE), ...Object.keys(DENSE)]) {
    const figures: Record<string, Figures> = {};
    for (const engine of ALL) {
      const runs = engine === "ours" ? 9 : 1;
      const found = await measure<Figures>(engine, ["piece", kind, String(runs)], PATIENCE_MS).catch(() => undefined);
      if (found) figures[engine] = found;
    }
    assertExact(
      kind,
      mapValues(figures, ({ tokens }) => tokens!),
    );
    rows.push(
      speedRow(
        kind,
        mapValues(figures, ({ rate }) => rate!),
        kind in HOSTILE ? 250 : undefined,
      ),
    );
  }
  return rows;
}

/** How much longer twice the text takes, where that might be more than twice as long. */
async function growths(): Promise<Row[]> {
  const { ours } = await inTurns<Figures>(["ours"], ["growth"]);
  return Object.keys({ ...HOSTILE, ...DENSE }).map((kind) => {
    const growth = median(ours!.map((run) => run[kind]!));
    return oursRow(`time of 4 times ${kind} to 2 times`, "x", growth, 2.5);
  });
}

async function starts(): Promise<Row[]> {
  const runs = await inTurns<Figures>(ALL, ["start"]);
  const figures = (name: string) => mapValues(runs, (list) => median(list.map((run) => run[name]!)));
  assertExact("a cold start", figures("tokens"));
  return [
    lessRow("load, and count the first KB", "ms", figures("first"), 12),
    lessRow("first MB after that, in a cold process", "ms", figures("megabyte"), 2.5),
    lessRow("memory that this takes", "MB", figures("memory"), 5),
  ];
}

/** What a keystroke costs in documents of three sizes. */
async function edits(): Promise<Row[]> {
  const rows: Row[] = [];
  const documents: [kind: string, size: number, name: string, p99: number][] = [
    ["prose", 10_000, "10 KB of prose", 0.25],
    ["prose", 1_000_000, "1 MB of prose", 0.25],
    ["prose", 10_000_000, "10 MB of prose", 0.25],
    ["one-line JSON", 1_000_000, "1 MB of JSON in one line", 2],
  ];
  for (const [kind, size, name, p99] of documents) {
    const runs: Figures[] = [];
    for (let round = 0; round < ROUNDS; round++)
      runs.push(await run<Figures>(["--expose-gc", script("editing"), kind, String(size), ...(round === 0 ? ["recount"] : [])]));
    const figure = (of: string) => median(runs.flatMap((one) => one[of] ?? []));
    const theirs = { "js-tiktoken": figure("recount") };
    rows.push(
      oursRow(`an edit in ${name}, half of them`, "ms", figure("p50"), 0.03, theirs),
      oursRow(`an edit in ${name}, 99 of 100`, "ms", figure("p99"), p99, theirs),
      oursRow(`a range of ${name}, half of them`, "ms", figure("range"), 0.25, theirs),
    );
    if (size === 10_000_000) rows.push(oursRow(`what ${name} takes when open`, "bytes a character", figure("bytes"), 4));
  }
  return rows;
}

/** Runs every engine `ROUNDS` times, taking turns. */
async function inTurns<T>(engines: EngineName[], task: string[]): Promise<Record<string, T[]>> {
  const runs: Record<string, T[]> = Object.fromEntries(engines.map((engine) => [engine, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const engine of engines) if (round === 0 || engine !== SLOWEST) runs[engine]!.push(await measure<T>(engine, task));
  return runs;
}

function measure<T>(engine: EngineName, task: string[], timeout = HANGS_MS): Promise<T> {
  return run<T>([script("measure"), engine, ...task], timeout);
}

/** What a script of this bench prints. @throws Error when it fails, or takes longer than `timeout` milliseconds */
function run<T>(args: string[], timeout = HANGS_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const options = { timeout, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, args, options, (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout))));
  });
}

function script(name: string): string {
  return join(import.meta.dirname, "tokens", `${name}.ts`);
}

/** @throws Error when our count differs from the referee's: what is wrong has no speed */
function assertExact(what: string, tokens: Figures): void {
  if (tokens.ours !== tokens[REFEREE])
    throw new Error(`${what}: ${tokens.ours} tokens, but ${REFEREE} counts ${tokens[REFEREE]}`);
}

function speedRow(name: string, { ours, ...peers }: Figures, atLeast?: number): Row {
  return row({ name, unit: "MB/s", ours: ours!, peers, better: "more", ...goal("ratio", ">=", atLeast) });
}

function lessRow(name: string, unit: string, { ours, ...peers }: Figures, atLeast: number): Row {
  return row({ name, unit, ours: ours!, peers, better: "less", ...goal("ratio", ">=", atLeast) });
}

function oursRow(name: string, unit: string, ours: number, atMost: number, peers: Figures = {}): Row {
  return row({ name, unit, ours, peers, better: "less", ...goal("ours", "<=", atMost) });
}

function goal(of: "ratio" | "ours", op: ">=" | "<=", value: number | undefined): Pick<Row, "goal"> {
  return value === undefined ? {} : { goal: { of, op, value } };
}

function pick(figures: Figures, names: string[]): Figures {
  return Object.fromEntries(names.map((name) => [name, figures[name]!]));
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
