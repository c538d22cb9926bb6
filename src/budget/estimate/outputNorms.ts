import type { ModelRef } from "../modelRef.ts";
import { NO_OUTPUTS, normOf, type OutputHistory, type OutputNorm, observe } from "./outputHistory.ts";

/** Histories by the kind of request (its origin) and model; `*` is any model. */
export type OutputHistories = ReadonlyMap<string, OutputHistory>;

/** What to expect by the same keys: what every side computes ranges from. */
export type OutputNorms = Readonly<Record<string, OutputNorm>>;

/** More models than anybody uses of a kind; what was observed longest ago is forgotten first. */
const MOST = 200;

/** What one more answer changes: the histories to keep under these keys, and the keys to forget. */
export interface Observed {
  changed: [key: string, history: OutputHistory][];
  forgotten: string[];
}

/** Counts an answer of so many tokens for its model, and for all models together. `histories` are in the order in which they were last changed. */
export function observed(histories: OutputHistories, kind: string, ref: ModelRef, tokens: number): Observed {
  const keys = [keyOf(kind, ref), anyModel(kind)];
  const changed = keys.map((key): Observed["changed"][0] => [key, observe(histories.get(key) ?? NO_OUTPUTS, tokens)]);
  const rest = [...histories.keys()].filter((key) => !keys.includes(key));
  return { changed, forgotten: rest.slice(0, Math.max(0, rest.length + keys.length - MOST)) };
}

/** The histories after that. */
export function afterObserving(histories: OutputHistories, { changed, forgotten }: Observed): OutputHistories {
  const next = new Map(histories);
  for (const key of [...forgotten, ...changed.map(([key]) => key)]) next.delete(key);
  for (const [key, history] of changed) next.set(key, history);
  return next;
}

export function normsOf(histories: OutputHistories): OutputNorms {
  const known = [...histories].flatMap(([key, history]) => {
    const norm = normOf(history);
    return norm ? [[key, norm] as const] : [];
  });
  return Object.fromEntries(known);
}

/** The norms after one more answer. */
export function normsAfter(norms: OutputNorms, { changed, forgotten }: Observed): OutputNorms {
  const other = [...forgotten, ...changed.map(([key]) => key)];
  const kept = Object.entries(norms).filter(([key]) => !other.includes(key));
  return { ...Object.fromEntries(kept), ...normsOf(new Map(changed)) };
}

/** The person's own norm for a kind of request to a model, else for that kind to any model; undefined where there is none yet. */
export function normFor(norms: OutputNorms, kind: string, ref: ModelRef): OutputNorm | undefined {
  return [keyOf(kind, ref), anyModel(kind)].flatMap((key) => (Object.hasOwn(norms, key) ? [norms[key]!] : []))[0];
}

function keyOf(kind: string, { provider, model }: ModelRef): string {
  return `${kind} ${provider}/${model}`;
}

function anyModel(kind: string): string {
  return `${kind} *`;
}
