import type { State, StateChange } from "../../protocol/daemon.ts";

interface Field {
  value: unknown;
  /** As it crosses, to compare by. */
  text: string | undefined;
  /** The version since which it is so. */
  since: number;
}

/** The state field by field, so that a client is told only what it does not know. It is read and compared once for all of them. */
export class StateFeed {
  readonly #read: () => State;
  readonly #fields = new Map<string, Field>();
  #version = 0;
  #isCurrent = false;

  constructor(read: () => State) {
    this.#read = read;
  }

  /** The state may be another. */
  changed(): void {
    this.#isCurrent = false;
  }

  /** What is other than in a version (0: nothing is known), and the version that it is now; undefined where nothing is. */
  since(version: number): { version: number; change: StateChange } | undefined {
    if (!this.#isCurrent) this.#compare(this.#read());
    if (version === this.#version) return undefined;
    const change: StateChange = { fields: {}, gone: [] };
    for (const [name, { value, since }] of this.#fields)
      if (since > version && value !== undefined) Object.assign(change.fields, { [name]: value });
      else if (since > version) change.gone.push(name as keyof State);
    return { version: this.#version, change };
  }

  #compare(state: State): void {
    this.#isCurrent = true;
    const next = this.#version + 1;
    for (const name of new Set([...this.#fields.keys(), ...Object.keys(state)])) {
      const value = state[name as keyof State];
      const before = this.#fields.get(name);
      if (before && before.value === value) continue; // what is large is not made anew at every reading
      const text = JSON.stringify(value);
      const since = before && before.text === text ? before.since : next;
      this.#fields.set(name, { value, text, since });
      this.#version = Math.max(this.#version, since);
    }
  }
}
