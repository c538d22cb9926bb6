import type { Store } from "../store/store.ts";
import type { Recall } from "./recalls.ts";

/** What processes on one store tell each other, so that event streams are prompt: never the only place where a fact is. */
export type Notice =
  | { kind: "catalogue" }
  | { team: string; kind: "figures" }
  | { team: string; kind: "events" }
  /** Who somebody is has changed: what they hear, and their limits, follow from it. */
  | { team: string; kind: "person"; person: string }
  | { team: string; kind: "recall"; recalls: readonly Recall[] };

export function publishNotice(store: Store, notice: Notice): Promise<void> {
  return store.publish(JSON.stringify(notice));
}

/** PostgreSQL's notices have at most 8,000 bytes. */
const RECALLS_AT_ONCE = 50;

export async function publishRecalls(store: Store, team: string, recalls: readonly Recall[]): Promise<void> {
  for (let start = 0; start < recalls.length; start += RECALLS_AT_ONCE)
    await publishNotice(store, { team, kind: "recall", recalls: recalls.slice(start, start + RECALLS_AT_ONCE) });
}

export function readNotice(message: string): Notice {
  return JSON.parse(message) as Notice;
}
