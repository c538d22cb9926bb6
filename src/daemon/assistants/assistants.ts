import {
  type AssistantState,
  type HookAnswer,
  type HookCall,
  SELF_TEST_ANSWER,
  SELF_TEST_EVENT,
  type Telemetry,
} from "../../protocol/assistants.ts";
import type { Clock } from "../clock.ts";
import type { AskWindow, Log } from "../service.ts";
import { hookEventIn } from "./hookEvent.ts";
import { Receiver } from "./receiver.ts";
import { urlOf } from "./telemetryPlace.ts";

export interface AssistantsParts {
  stateDirectory: string;
  clock: Clock;
  log: Log;
  changed(): void;
}

/** It lets the turn go on, and says nothing. */
const GO_ON: HookAnswer = { exitCode: 0 };

/** The assistants that send for themselves: asked before by their hooks, counted after by their telemetry. */
export class Assistants {
  readonly #parts: AssistantsParts;
  readonly #receiver: Receiver;
  #hookAt: string | undefined;
  #telemetryAt: string | undefined;
  ask: AskWindow = async () => undefined;

  constructor(parts: AssistantsParts) {
    this.#parts = parts;
    this.#receiver = new Receiver({ ...parts, traces: () => {}, seen: () => this.#telemetrySeen() });
  }

  get states(): AssistantState[] {
    const port = this.#receiver.port;
    return [
      {
        assistant: "copilot",
        ...(this.#hookAt !== undefined && { hookAt: this.#hookAt }),
        ...(this.#telemetryAt !== undefined && { telemetryAt: this.#telemetryAt }),
        ...(port !== undefined && { telemetryPort: port }),
        running: 0,
      },
    ];
  }

  /** Never throws. */
  async hook({ input }: HookCall, _signal: AbortSignal): Promise<HookAnswer> {
    const event = hookEventIn(input);
    if (!event) return GO_ON;
    if (event.name === SELF_TEST_EVENT) return { exitCode: 0, stdout: SELF_TEST_ANSWER };
    this.#hookAt = this.#now();
    this.#parts.changed();
    return GO_ON;
  }

  async telemetry(): Promise<Telemetry> {
    const url = urlOf(await this.#receiver.open());
    this.#parts.changed();
    return { url };
  }

  close(): Promise<void> {
    return this.#receiver.close();
  }

  #telemetrySeen(): void {
    this.#telemetryAt = this.#now();
    this.#parts.changed();
  }

  #now(): string {
    return new Date(this.#parts.clock.wall()).toISOString();
  }
}
