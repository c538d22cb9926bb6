import type { State, StateChange } from "./daemon.ts";

/** The snapshot that a client has after a change; before the first it has none. */
export function withChange(before: State | undefined, { fields, gone }: StateChange): State {
  const after = { ...before, ...fields } as State;
  for (const name of gone) delete after[name];
  return after;
}
