import * as z from "zod/mini";
import type { SessionContext } from "../../budget/estimate/turn.ts";
import {
  type SeenTurn,
  type TurnHistories,
  TurnHistoriesSchema,
  type TurnNorm,
  turnNorm,
  withTurn,
} from "../../budget/estimate/turnHistory.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import type { Nano } from "../../budget/money.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../service.ts";

/** What is known of one chat session. No word of it. */
interface Session {
  ref?: ModelRef | undefined;
  context?: SessionContext | undefined;
}

/** Time in which calls are charged already, though they were not reported: by an estimate, or as uncertain. */
interface Charged {
  session: string;
  /** Epoch ms. */
  from: number;
  to: number;
}

/** Under this name the ledger keeps it. */
const KEPT = "assistants";
const RefSchema = z.object({ provider: z.string(), model: z.string() });
const KeptSchema = z.object({
  sessions: z.array(
    z.object({
      id: z.string(),
      ref: z.optional(RefSchema),
      context: z.optional(z.object({ tokens: z.number(), at: z.number() })),
    }),
  ),
  last: z.optional(RefSchema),
  charged: z.array(z.object({ session: z.string(), from: z.number(), to: z.number() })),
  turns: TurnHistoriesSchema,
  seen: z.object({ hookAt: z.optional(z.number()), telemetryAt: z.optional(z.number()) }),
});

/** More are not kept; the one used longest ago is forgotten first. */
const MOST_SESSIONS = 200;
const MOST_CHARGED = 200;

/** Nobody has said which model it is. */
const UNKNOWN: ModelRef = { provider: "copilot", model: "unknown" };

/** An assistant's sessions: which model each uses, how long it is and when it was used; and how turns usually go on. Kept over restarts. */
export class Sessions {
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #sessions = new Map<string, Session>();
  /** The person's "not again below", for as long as this runs (nano-USD). */
  readonly #notBelow = new Map<string, Nano>();
  /** What the person said that a session is for: id of one of the team's purposes. */
  readonly #purposes = new Map<string, string>();
  /** Sub-agents' sessions, by theirs. */
  readonly #parents = new Map<string, string>();
  #last: ModelRef | undefined;
  #charged: Charged[] = [];
  #turns: TurnHistories = {};
  /** When its hooks ran last, and when its telemetry came last (epoch ms). */
  readonly seen: { hookAt?: number | undefined; telemetryAt?: number | undefined } = {};

  constructor(ledger: Ledger, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
    const kept = z.safeParse(KeptSchema, ledger.snapshot("", KEPT));
    if (!kept.success) return;
    for (const { id, ...session } of kept.data.sessions) this.#sessions.set(id, session);
    this.#last = kept.data.last;
    this.#charged = kept.data.charged;
    this.#turns = kept.data.turns as TurnHistories;
    Object.assign(this.seen, kept.data.seen);
  }

  /** The model of a session: as it was reported last, else the one that was used last anywhere. */
  refOf(session: string): { ref: ModelRef; known: boolean } {
    const ref = this.#sessions.get(session)?.ref ?? this.#last;
    return ref ? { ref, known: true } : { ref: UNKNOWN, known: false };
  }

  contextOf(session: string): SessionContext | undefined {
    return this.#sessions.get(session)?.context;
  }

  /** What is usual for turns at a model. */
  norm(ref: ModelRef): TurnNorm {
    return turnNorm(this.#turns, ref);
  }

  /** Which model a session uses. */
  use(session: string, ref: ModelRef): void {
    this.#change(session, { ref });
    this.#last = ref;
  }

  /** A call of the session's own has ended. */
  called(session: string, ref: ModelRef, context: SessionContext): void {
    const known = this.#sessions.get(session)?.context;
    if (known && known.at > context.at) return; // reports may overtake one another
    this.#change(session, { ref, context });
    this.#last = ref;
  }

  /** Which session started another one; and which one a session was started by, however deep. */
  started(child: string, parent: string): void {
    if (child !== parent) keepFew(this.#parents, child, parent);
  }
  rootOf(session: string): string {
    let root = session;
    for (let depth = 0; depth < 10 && this.#parents.has(root); depth++) root = this.#parents.get(root)!;
    return root;
  }

  /** Turns of a session that cost no more need not be asked about. */
  notBelow(session: string): Nano | undefined {
    return this.#notBelow.get(session);
  }
  askOnlyAbove(session: string, amount: Nano): void {
    keepFew(this.#notBelow, session, amount);
  }

  purposeOf(session: string): string | undefined {
    return this.#purposes.get(session);
  }
  isFor(session: string, purpose: string): void {
    keepFew(this.#purposes, session, purpose);
  }

  /** A turn is over. */
  learn(ref: ModelRef, turn: SeenTurn): void {
    this.#turns = withTurn(this.#turns, ref, turn);
    this.save();
  }

  /** What was called in this time was charged without having been reported. */
  charge(charged: Charged): void {
    this.#charged = [...this.#charged, charged].slice(-MOST_CHARGED);
    this.save();
  }

  /** Whether a call is charged already; one that tells no session may be any session's. */
  isCharged(session: string | undefined, start: number): boolean {
    const root = session === undefined ? undefined : this.rootOf(session);
    return this.#charged.some((one) => (root === undefined || one.session === root) && one.from <= start && start <= one.to);
  }

  save(): void {
    const sessions = [...this.#sessions].map(([id, session]) => ({ id, ...session }));
    const kept = {
      sessions,
      charged: this.#charged,
      turns: this.#turns,
      seen: this.seen,
      ...(this.#last && { last: this.#last }),
    };
    try {
      this.#ledger.saveSnapshot("", KEPT, kept);
    } catch (error) {
      this.#log(`assistants: ${(error as Error).message}`); // said again after the next turn
    }
  }

  #change(id: string, session: Session): void {
    keepFew(this.#sessions, id, { ...this.#sessions.get(id), ...session });
  }
}

function keepFew<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const old of [...map.keys()].slice(0, Math.max(0, map.size - MOST_SESSIONS))) map.delete(old);
}
