import { resolve, sep } from "node:path";
import { together, type WorkspaceRules } from "../../budget/policy/workspaceRules.ts";
import type { FolderWork, Refusal, TurnAnswer, TurnQuestion, WindowPlace } from "../../protocol/assistants.ts";

/** A window, as far as it can be asked. */
export interface AskableWindow {
  /** @throws when the window has gone, or does not know how to ask */
  ask(question: TurnQuestion, signal: AbortSignal): Promise<TurnAnswer>;
  /** @throws as `ask` */
  work(folder: string): Promise<FolderWork>;
  /** @throws as `ask` */
  tell(refusal: Refusal): Promise<void>;
}

interface Known extends WindowPlace {
  /** Rises with every time that a window was used. */
  used: number;
}

/** After the daemon's start, windows that its predecessor had need so long to find it (ms). */
export interface Returns {
  /** Nobody is asked in vain before. */
  toBeAsked: number;
  /** No folder is taken for one without rules before. */
  withRules: number;
}
const RETURNS: Returns = { toBeAsked: 15_000, withRules: 5_000 };

/** Somebody's tool waits so long at most until a window has ended its turn (ms). */
const TELLING = 2_000;

/** A prompt waits so long at most for what it is for (ms). */
const SAYING = 500;

/** The windows that can be asked, where they are and which was used last. */
export class Windows<W extends AskableWindow> {
  readonly #places = new Map<W, Known>();
  readonly #start = performance.now();
  readonly #returns: Returns;
  #uses = 0;
  #placed = Promise.withResolvers<void>();

  constructor(returns = RETURNS) {
    this.#returns = returns;
  }

  place(window: W, { folders, ...place }: WindowPlace): void {
    const used = place.focused ? ++this.#uses : (this.#places.get(window)?.used ?? 0);
    this.#places.set(window, { ...place, folders: folders.map((folder) => resolve(folder)), used });
    this.#placed.resolve();
    this.#placed = Promise.withResolvers();
  }

  remove(window: W): void {
    this.#places.delete(window);
  }

  /** What the workspace that has `cwd` asks for besides the policy, as its window says. */
  async rulesIn(cwd: string): Promise<WorkspaceRules | undefined> {
    const folder = resolve(cwd);
    const find = () => [...this.#places.values()].filter(({ folders }) => folders.some((one) => isInside(folder, one)));
    let here = find();
    while (here.length === 0 && (await this.#oneMore(this.#returns.withRules))) here = find();
    const rules = here.flatMap((place) => place.rules ?? []);
    return rules.length > 0 ? together(rules) : undefined;
  }

  /**
   * Asks in the window that has `cwd`, else in the one that was used last; where that goes, in the next. `nobody`: there is none; `late`:
   * there was no answer in the question's patience. @throws the signal's reason when it aborts
   */
  async ask(question: TurnQuestion, cwd: string, signal: AbortSignal): Promise<TurnAnswer | "nobody" | "late"> {
    signal.throwIfAborted();
    const tried = new Set<W>();
    const timeout = AbortSignal.timeout(question.patience);
    const waiting = AbortSignal.any([signal, timeout]);
    for (let window = await this.#find(cwd, tried, waiting); window; window = await this.#find(cwd, tried, waiting)) {
      tried.add(window);
      const answer = await Promise.race([window.ask(question, waiting).catch(() => undefined), aborted(waiting)]);
      signal.throwIfAborted();
      if (answer) return answer;
      if (timeout.aborted) return "late";
    }
    signal.throwIfAborted();
    return "nobody";
  }

  /** What requests in `cwd` are for, as its window says; nothing where none has it, or that is too busy to say. */
  async workIn(cwd: string): Promise<FolderWork> {
    const window = this.#choose(cwd, new Set());
    const has = this.#places.get(window!)?.folders.some((folder) => isInside(resolve(cwd), folder));
    if (!window || !has) return {};
    const said = window.work(cwd).catch(() => undefined);
    return (await Promise.race([said, aborted(AbortSignal.timeout(SAYING))])) ?? {};
  }

  /** Tells the window that has `cwd`, else the one that was used last; resolves when it has done what is to be done, or takes too long. */
  async tell(refusal: Refusal, cwd: string): Promise<void> {
    const told = this.#choose(cwd, new Set())?.tell(refusal);
    await Promise.race([told?.catch(() => {}), aborted(AbortSignal.timeout(TELLING))]);
  }

  /** The next to ask; waits for one while they may still be on their way. */
  async #find(cwd: string, tried: ReadonlySet<W>, waiting: AbortSignal): Promise<W | undefined> {
    for (;;) {
      const window = this.#choose(cwd, tried);
      if (window || waiting.aborted || !(await this.#oneMore(this.#returns.toBeAsked, waiting))) return window;
    }
  }

  /** Waits for one more window; false: it is so long (ms) since the start that none is on its way. */
  async #oneMore(patience: number, signal?: AbortSignal): Promise<boolean> {
    const left = this.#start + patience - performance.now();
    if (left <= 0) return false;
    const soon = AbortSignal.timeout(Math.ceil(left));
    await Promise.race([this.#placed.promise, aborted(signal ? AbortSignal.any([signal, soon]) : soon)]);
    return true;
  }

  #choose(cwd: string, tried: ReadonlySet<W>): W | undefined {
    const folder = resolve(cwd);
    const left = [...this.#places].filter(([window]) => !tried.has(window));
    const depth = ({ folders }: Known) => Math.max(0, ...folders.filter((one) => isInside(folder, one)).map((one) => one.length));
    return left.sort(([, a], [, b]) => depth(b) - depth(a) || b.used - a.used)[0]?.[0];
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
