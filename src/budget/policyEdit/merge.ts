import { fromMembers, type Json, membersOf, pointerOf, same } from "./json.ts";

/** A field that two people have changed to different values. `undefined`: taken away. */
export interface Conflict {
  /** As in `Difference`. */
  pointer: string;
  mine: Json | undefined;
  theirs: Json | undefined;
}

export interface Merge {
  /** What both meant; where they are in conflict, mine. */
  merged: Json;
  conflicts: Conflict[];
}

interface Sides {
  base: Json | undefined;
  mine: Json | undefined;
  theirs: Json | undefined;
}

/** Applies what I changed since `base` to what somebody else has made of it meanwhile, field by field. */
export function mergeDocuments(base: Json, mine: Json, theirs: Json): Merge {
  const conflicts: Conflict[] = [];
  return { merged: mergeValue({ base, mine, theirs }, [], conflicts) ?? null, conflicts };
}

function mergeValue(sides: Sides, path: readonly string[], conflicts: Conflict[]): Json | undefined {
  const { base, mine, theirs } = sides;
  if (same(mine, theirs) || same(base, theirs)) return mine;
  if (same(base, mine)) return theirs;
  const [ours, other] = [membersOf(mine), membersOf(theirs)];
  if (!ours || !other || ours.kind !== other.kind) {
    conflicts.push({ pointer: pointerOf(path), mine, theirs });
    return mine;
  }
  const before = membersOf(base)?.members ?? new Map<string, Json>();
  const members = new Map<string, Json>();
  for (const name of new Set([...ours.members.keys(), ...other.members.keys()])) {
    const named = { base: before.get(name), mine: ours.members.get(name), theirs: other.members.get(name) };
    const merged = mergeValue(named, [...path, name], conflicts);
    if (merged !== undefined) members.set(name, merged);
  }
  return fromMembers({ kind: ours.kind, members });
}
