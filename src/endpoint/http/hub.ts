import type { Advances } from "../ledger/advances.ts";
import { eventsAfter, isFor, newestEvent, type TeamEvent } from "../ledger/events.ts";
import { type Notice, publishNotice, readNotice } from "../ledger/notice.ts";
import type { Principal } from "../ledger/people.ts";
import type { Store } from "../store/store.ts";
import type { EventStream } from "./stream.ts";

/** Figures go out at most this often (ms). */
const FIGURES_EVERY = 1000;
const HEARTBEAT = 15_000;

interface Reader {
  stream: EventStream;
  principal: Principal;
  /** The figures sent last, so that the same are not sent again. */
  figures: string;
  /** Reading the event table, one time after another. */
  turn: Promise<void>;
}

type ReadEvents = (team: string, seen: number) => Promise<TeamEvent[] | undefined>;

export interface HubOptions {
  store: Store;
  advances: Advances;
  /** Whether a reader's token is still good. */
  isValid: (principal: Principal) => Promise<boolean>;
  warn: (message: string) => void;
}

/**
 * All event streams of this process. Numbered events come from the event table, whichever process wrote them; a notice only says that
 * there is something to read, so a lost one is made good at the next heartbeat.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #readers = new Map<string, Set<Reader>>();
  /** Who waits for figures while some are read, by team. */
  readonly #waiting = new Map<string, Set<Reader>>();
  readonly #figures = new Coalesced(FIGURES_EVERY, (team) => this.#sendFigures(team));
  readonly #notices = new Coalesced(FIGURES_EVERY, (team) => this.#publish({ team, kind: "figures" }));
  #unsubscribe: () => void = () => {};
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#unsubscribe = await this.#options.store.subscribe(
      (message) => this.#hear(readNotice(message)),
      () => this.#catchUp(),
    );
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT);
    this.#heartbeat.unref();
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    this.#unsubscribe();
    this.#figures.stop();
    this.#notices.stop();
    for (const { stream } of this.#all()) stream.end();
  }

  /**
   * Serves a reader from now on, or behind the event `lastSeen`. One that resumes too late, or ahead of us, is told to `reset`.
   * A new one gets the policy in force first, so that none can slip between its last reading and this stream.
   */
  async serve(stream: EventStream, principal: Principal, lastSeen: number | undefined): Promise<void> {
    const reader: Reader = { stream, principal, figures: "", turn: Promise.resolve() };
    const readers = this.#readers.get(principal.teamId) ?? new Set();
    this.#readers.set(principal.teamId, readers.add(reader));
    stream.onClose(() => {
      readers.delete(reader);
      if (readers.size === 0 && this.#readers.get(principal.teamId) === readers) this.#readers.delete(principal.teamId);
    });
    reader.turn = this.#begin(reader, lastSeen).catch((error: Error) => this.#drop(reader, error));
    await this.#sendMissed(reader);
    await this.#sendFiguresTo([reader]);
  }

  async #begin({ stream, principal }: Reader, lastSeen: number | undefined): Promise<void> {
    const { store, advances } = this.#options;
    const newest = await newestEvent(store, principal.teamId);
    if (lastSeen === undefined)
      stream.send("policy", (await advances.allowances(principal.teamId, [principal.person])).policy, newest);
    else stream.seen = lastSeen;
  }

  /** Spend or held changed somewhere in a team. */
  figuresChanged(team: string): void {
    this.#notices.touch(team);
  }

  /** The event table has something new for a team. */
  eventsAppended(team: string): void {
    this.#publish({ team, kind: "events" });
  }

  #publish(notice: Notice): void {
    publishNotice(this.#options.store, notice).catch((error: Error) => this.#options.warn(`notice lost: ${error.message}`));
  }

  #hear(notice: Notice): void {
    if (notice.kind === "catalogue") return; // the prices that follow from it are an event
    if (notice.kind === "figures") this.#figures.touch(notice.team);
    else if (notice.kind === "events") void this.#sendNews([...(this.#readers.get(notice.team) ?? [])]);
    else for (const reader of this.#readers.get(notice.team) ?? []) this.#tell(reader, notice);
  }

  /** Notices may have been lost: whoever reads is told what is new, and how things stand. */
  #catchUp(): void {
    for (const readers of this.#readers.values()) void this.#sendNews([...readers]);
  }

  #tell(reader: Reader, notice: Exclude<Notice, { kind: "figures" | "events" | "catalogue" }>): void {
    if (notice.kind === "person") {
      if (notice.person === reader.principal.person.id) void this.#startAnew(reader);
    } else
      for (const { person, id, cap, close } of notice.recalls)
        if (person === reader.principal.person.id)
          reader.stream.send("advance", { id, ...(cap !== undefined && { cap }), ...(close && { close }) });
  }

  /** Who reads is not who they were: they read everything again, and come back as who they are. */
  async #startAnew({ stream, principal }: Reader): Promise<void> {
    try {
      stream.send("reset", {}, await newestEvent(this.#options.store, principal.teamId));
    } finally {
      stream.end();
    }
  }

  /** To readers of one team. What is new is read once for all who have seen the same, and their figures at once: there may be thousands. */
  async #sendNews(readers: readonly Reader[]): Promise<void> {
    const reading = new Map<number, Promise<TeamEvent[] | undefined>>();
    const read: ReadEvents = (team, seen) => {
      const known = reading.get(seen) ?? eventsAfter(this.#options.store, team, seen);
      reading.set(seen, known);
      return known;
    };
    await Promise.all(readers.map((reader) => this.#sendMissed(reader, read)));
    await this.#sendFiguresTo(readers);
  }

  #sendMissed(reader: Reader, read?: ReadEvents): Promise<void> {
    reader.turn = reader.turn.then(() => this.#readEvents(reader, read)).catch((error: Error) => this.#drop(reader, error));
    return reader.turn;
  }

  async #readEvents({ stream, principal }: Reader, read?: ReadEvents): Promise<void> {
    const { store } = this.#options;
    const { teamId } = principal;
    const events = await (read ? read(teamId, stream.seen) : eventsAfter(store, teamId, stream.seen));
    if (!events) stream.send("reset", {}, await newestEvent(store, teamId));
    else
      for (const event of events) {
        if (isFor(event, principal.person)) stream.send(event.name, event.body, event.seq);
        else stream.seen = event.seq;
      }
  }

  /** All readers of a team are read for at once: there may be thousands. */
  #sendFigures(team: string): void {
    void this.#sendFiguresTo([...(this.#readers.get(team) ?? [])]);
  }

  /** To readers of one team. Who comes while figures are read waits for the next reading: so what is sent last was read last. */
  async #sendFiguresTo(readers: readonly Reader[]): Promise<void> {
    const team = readers[0]?.principal.teamId;
    if (team === undefined) return;
    const waiting = this.#waiting.get(team);
    if (waiting) {
      for (const reader of readers) waiting.add(reader);
      return;
    }
    for (let next: Iterable<Reader> = readers; ; next = this.#waiting.get(team)!) {
      const asked = [...next];
      if (asked.length === 0) break;
      this.#waiting.set(team, new Set());
      await this.#readFigures(team, asked);
    }
    this.#waiting.delete(team);
  }

  async #readFigures(team: string, readers: readonly Reader[]): Promise<void> {
    try {
      const people = readers.map(({ principal }) => principal.person);
      const { allowances } = await this.#options.advances.allowances(team, people);
      readers.forEach((reader, i) => {
        const figures = JSON.stringify(allowances[i]);
        if (figures === reader.figures) return;
        reader.figures = figures;
        reader.stream.send("allowance", { allowances: allowances[i] });
      });
    } catch (error) {
      for (const reader of readers) this.#drop(reader, error as Error);
    }
  }

  /** A reader that comes back resumes where it was. */
  #drop({ stream }: Reader, error: Error): void {
    if (stream.open) this.#options.warn(`event stream ended: ${error.message}`);
    stream.end();
  }

  async #beat(): Promise<void> {
    for (const reader of this.#all()) {
      if (await this.#options.isValid(reader.principal).catch(() => true)) {
        reader.stream.beat();
        await this.#sendMissed(reader);
      } else reader.stream.end();
    }
  }

  #all(): Reader[] {
    return [...this.#readers.values()].flatMap((readers) => [...readers]);
  }
}

/** Calls back for a name at once, then at most once in `every` ms, and once more after the last touch. */
class Coalesced {
  readonly #every: number;
  readonly #work: (name: string) => void;
  /** Names whose time is running; true when touched meanwhile. */
  readonly #waiting = new Map<string, { timer: NodeJS.Timeout; again: boolean }>();

  constructor(every: number, work: (name: string) => void) {
    this.#every = every;
    this.#work = work;
  }

  touch(name: string): void {
    const waiting = this.#waiting.get(name);
    if (waiting) waiting.again = true;
    else this.#run(name);
  }

  stop(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #run(name: string): void {
    const timer = setTimeout(() => {
      const again = this.#waiting.get(name)?.again;
      this.#waiting.delete(name);
      if (again) this.#run(name);
    }, this.#every);
    timer.unref();
    this.#waiting.set(name, { timer, again: false });
    this.#work(name);
  }
}
