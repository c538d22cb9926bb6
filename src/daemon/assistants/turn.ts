import type { ModelRef } from "../../budget/modelRef.ts";
import type { Nano } from "../../budget/money.ts";
import type { HookAnswer } from "../../protocol/assistants.ts";
import type { OpenRequest } from "../../protocol/daemon.ts";

/** A turn that was let go. */
export interface Turn {
  /** Of its hold. */
  id: string;
  session: string;
  cwd: string;
  ref: ModelRef;
  modelKnown: boolean;
  /** When it was let go (epoch ms). */
  begun: number;
  /** What is called later than this is the session's next turn's (epoch ms); undefined: there is none yet. */
  until: number | undefined;
  /** What it may come to before it is judged again (nano-USD). */
  letGo: Nano;
  /** What the person has confirmed, for requests inside it that are asked about by themselves. */
  confirmed: OpenRequest["confirmed"];
  /** Of what its calls have cost (nano-USD), and how many were reported. */
  spent: Nano;
  calls: number;
  /** All its calls, and the first one's input, as `asInputTokens` measures them. */
  work: number;
  firstInput: number;
  /** Some of it was not reported by the provider. */
  guessed: boolean;
  /**
   * The sub-agents that it wanted and started, what they are told (no word of it: as `uuidOf`), and how many it may start before the person is
   * asked; undefined: the policy's number.
   */
  subagents: { wanted: Set<string>; started: Set<string>; told: Set<string>; letGo: number | undefined };
  /** The file in which the editor keeps what was said. */
  transcript: string | undefined;
  /** Its requests go through a guard of their own, which holds for each. */
  isOwn: boolean;
  /** Why it was stopped. */
  stopped: string | undefined;
  /** A question about it that is open, and the hooks that wait for tools of it. */
  asking: Promise<HookAnswer> | undefined;
  hooks: Set<AbortSignal>;
}
