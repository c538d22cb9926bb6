import type { ChatCall } from "../../wire/otlp/chatCalls.ts";
import type { Sessions } from "./sessions.ts";
import type { Turn } from "./turn.ts";

/** A call may be told to have begun a little before its turn was let go (ms): titles are made beside the hook. */
export const BEFORE = 2_000;

/** Sessions of which it is remembered that their turn was stopped. */
const MOST_STOPPED = 50;

/** The turns whose holds are open: those that run, and those that are over but may still be reported. */
export class Turns {
  readonly #turns = new Map<string, Turn>();
  /** The last of each session, while it runs. */
  readonly #running = new Map<string, Turn>();
  /** The last of each session, where it was stopped: nobody can make sure that the editor has ended it. */
  readonly #stopped = new Map<string, Turn>();
  readonly #sessions: Sessions;

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  get all(): Turn[] {
    return [...this.#turns.values()];
  }

  get running(): number {
    return this.#running.size;
  }

  /** The turn takes its session; answers the one that had it, which is over then. */
  begin(turn: Turn): Turn | undefined {
    const before = this.#running.get(turn.session);
    for (const earlier of this.#turns.values()) if (earlier.session === turn.session) earlier.until ??= turn.begun - BEFORE - 1;
    this.#turns.set(turn.id, turn);
    this.#running.set(turn.session, turn);
    return before;
  }

  /** It runs no more, but may still be reported. */
  over(turn: Turn): void {
    if (this.#running.get(turn.session) === turn) this.#running.delete(turn.session);
  }

  /** It was stopped, and is over. */
  stop(turn: Turn): void {
    this.#stopped.delete(turn.session);
    this.#stopped.set(turn.session, turn);
    for (const old of [...this.#stopped.keys()].slice(0, -MOST_STOPPED)) this.#stopped.delete(old);
  }

  /** The person sends another prompt: what was stopped before does not go on. */
  prompted(session: string): void {
    this.#stopped.delete(session);
  }

  /** The session's turn, or that of the session which started it, where that was stopped. */
  stoppedIn(session: string): Turn | undefined {
    return this.#stopped.get(this.#sessions.rootOf(session));
  }

  /** Nothing more is expected of it. Answers whether something was. */
  end(turn: Turn): boolean {
    this.over(turn);
    return this.#turns.delete(turn.id);
  }

  /** The turn that a hook speaks of: its session's, or that of the session which started it; else the only one that runs. */
  of(session: string): Turn | undefined {
    const own = this.#running.get(this.#sessions.rootOf(session));
    const [only, another] = this.#running.values();
    return own ?? (another ? undefined : only);
  }

  /** The turn that a call belongs to. One that tells no session (a title, a summary) counts for the turn that began last. */
  ofCall({ session, parentSession, start }: Pick<ChatCall, "session" | "parentSession" | "start">): Turn | undefined {
    if (session !== undefined && parentSession !== undefined) this.#sessions.started(session, parentSession);
    const root = session === undefined ? undefined : this.#sessions.rootOf(session);
    const fitting = this.all.filter((turn) => turn.begun - BEFORE <= start && (root === undefined || turn.session === root));
    return fitting.sort((a, b) => b.begun - a.begun)[0];
  }
}
