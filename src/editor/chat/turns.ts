import { createHash } from "node:crypto";
import type { ModelRef } from "../../budget/modelRef.ts";
import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import type { OpenRequest } from "../../protocol/daemon.ts";

/** What the person has decided for one turn of a chat: the rounds of tool calls that follow go by it. */
export interface Turn {
  /** The model that answers the turn; another than the one asked for, where the person chose a cheaper one. */
  ref: ModelRef;
  confirmed?: OpenRequest["confirmed"];
  /** What the person said that it is for. */
  purpose?: string;
  /** What the turn has cost so far (nano-USD). */
  spent: Nano;
}

/** More turns than are under way in any window; the oldest is forgotten, and then asked for again. */
const REMEMBERED = 100;

/** Remembers decisions by turn, so that a person is asked once for a turn and not once for every tool call in it. */
export class Turns {
  private readonly turns = new Map<string, Turn>();

  find(key: string): Turn | undefined {
    return this.turns.get(key);
  }

  set(key: string, turn: Turn): void {
    this.turns.delete(key);
    this.turns.set(key, turn);
    const oldest = this.turns.keys().next().value;
    if (this.turns.size > REMEMBERED && oldest !== undefined) this.turns.delete(oldest);
  }

  forget(key: string): void {
    this.turns.delete(key);
  }
}

/** What is left of a turn's confirmation after what it has spent: above it the person is asked again. */
export function confirmationLeft({ confirmed, spent }: Turn): OpenRequest["confirmed"] {
  if (!confirmed) return undefined;
  const left = parseAmount(confirmed.cost) - spent;
  return left > 0n ? { ...confirmed, cost: formatAmount(left) } : undefined;
}

/** One message of a chat, as far as turns need it. */
export interface TurnMessage {
  /** The person (or the assistant's frame around them) speaks: not a tool's result, not the model. */
  fromPerson: boolean;
  /** Equal for equal messages. */
  content: string;
}

/** Names a turn by everything up to the person's last message; `continues` tells that tool calls have followed it. */
export function turnOf(model: string, messages: readonly TurnMessage[]): { key: string; continues: boolean } {
  const last = messages.findLastIndex(({ fromPerson }) => fromPerson);
  const hash = createHash("sha256").update(model);
  for (const { content } of messages.slice(0, last + 1)) hash.update(`\0${content}`);
  return { key: hash.digest("hex"), continues: last >= 0 && last < messages.length - 1 };
}
