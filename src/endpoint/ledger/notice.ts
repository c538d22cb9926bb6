import type { Store } from "../store/store.ts";
import type { Recall } from "./recalls.ts";

/** What processes on one store tell each other, so that event streams are prompt: never the only place where a fact is. */
export type Notice =
  | { kind: "catalogue" }
  | { team: string; kind: "figures" }
  | { team: string; kind: "events" }
  | { team: string; kind: "recall"; recalls: readonly Recall[] };

export function publishNotice(store: Store, notice: Notice): Promise<void> {
  return store.publish(JSON.stringify(notice));
}

export function readNotice(message: string): Notice {
  return JSON.parse(message) as Notice;
}
