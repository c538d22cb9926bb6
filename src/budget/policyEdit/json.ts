/** Policies as documents: plain JSON, so that what a lead wrote is kept as it was written. */

export type Json = null | boolean | number | string | Json[] | { [field: string]: Json };

/** What a value is as JSON: without fields that are undefined. */
export function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** A field in which two documents differ. `undefined`: not there. */
export interface Difference {
  /** RFC 6901, with an entry's id (or model) in place of its index in a list: `/allowances/dev-month/limit`. */
  pointer: string;
  before: Json | undefined;
  after: Json | undefined;
}

/** Every field in which two documents differ, the deepest that can be named. */
export function differencesOf(before: Json | undefined, after: Json | undefined, path: readonly string[] = []): Difference[] {
  if (same(before, after)) return [];
  const parts = [membersOf(before), membersOf(after)] as const;
  const whole = { pointer: pointerOf(path), before, after };
  if (!parts[0] || !parts[1] || parts[0].kind !== parts[1].kind) return [whole];
  const [was, is] = [parts[0].members, parts[1].members];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  const inside = names.flatMap((name) => differencesOf(was.get(name), is.get(name), [...path, name]));
  return inside.length > 0 ? inside : [whole]; // the same entries in another order
}

/** What a value consists of, where its parts have names: fields, or a list's entries by their id or model. */
export interface Members {
  kind: "fields" | "entries";
  /** In their order. */
  members: Map<string, Json>;
}

export function membersOf(value: Json | undefined): Members | undefined {
  if (isFields(value)) return { kind: "fields", members: new Map(Object.entries(value)) };
  if (!Array.isArray(value)) return undefined;
  const members = new Map(value.map((entry) => [nameOf(entry), entry]));
  const named = members.size === value.length && [...members.keys()].every((name) => name !== undefined);
  return named ? { kind: "entries", members: members as Map<string, Json> } : undefined;
}

function nameOf(entry: Json): string | undefined {
  if (!isFields(entry)) return undefined;
  const name = entry.id ?? entry.model;
  return typeof name === "string" ? name : undefined;
}

/** The opposite of `membersOf`. */
export function fromMembers({ kind, members }: Members): Json {
  return kind === "fields" ? Object.fromEntries(members) : [...members.values()];
}

function isFields(value: Json | undefined): value is { [field: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Equal as JSON, whatever the order of fields. */
export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((entry, index) => same(entry, b[index]));
  if (!isFields(a) || !isFields(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]));
}

/** RFC 6901. */
export function pointerOf(path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
