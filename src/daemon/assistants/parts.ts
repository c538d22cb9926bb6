import type { TokenEstimate } from "../../tokens/estimate.ts";
import type { Clock } from "../clock.ts";
import type { Guard } from "../guard/guard.ts";
import type { GuardView } from "../guard/judging.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AskWindow, Log, WindowsKnow } from "../service.ts";

/** What the guard for assistants is made of. */
export interface AssistantsParts {
  stateDirectory: string;
  ledger: Ledger;
  guard: Guard;
  view(): Promise<GuardView>;
  /** How many tokens a text is for a model. The text is dropped. */
  count(text: string, model: string): Promise<TokenEstimate>;
  clock: Clock;
  log: Log;
  changed(): void;
  times?: Partial<Times>;
}

/** How long things are waited for (ms). */
export interface Times {
  /** For a person's answer. */
  answer: number;
  /** For the last reports of a turn that is over: the editor sends them every five seconds. */
  reports: number;
  /** The same where none has come, though telemetry comes. */
  lateReports: number;
  /** A turn without any sign for so long is over. */
  idle: number;
}

/** The windows: they ask the person about a turn, tell of one that was not let go, and know what its workspace asks for and is for. */
export interface Asker extends WindowsKnow {
  ask: AskWindow;
}

/** Where there are none. */
export const NO_WINDOWS: Asker = {
  ask: async () => "nobody",
  rulesIn: async () => undefined,
  workIn: async () => ({}),
  tell: async () => {},
};
