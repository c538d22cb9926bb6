import { nextBoundary } from "../../tokens/boundary.ts";
import type { TextChange } from "../../tokens/document.ts";
import type { EncodingName } from "../../tokens/encoding.ts";
import { type CountThread, PART, type Question } from "./thread.ts";

interface Open {
  id: string;
  generation: number;
  total: Promise<number>;
}

/** A text that is being edited and is no document: the counting thread keeps it as it does open documents, so a keystroke sends its change alone. */
export class LiveText {
  private readonly thread: Pick<CountThread, "ask" | "generation">;
  private readonly open = new Map<EncodingName, Open>();
  private current = "";

  constructor(thread: Pick<CountThread, "ask" | "generation">) {
    this.thread = thread;
  }

  get text(): string {
    return this.current;
  }

  set text(text: string) {
    this.close();
    this.current = text;
  }

  /** Applies one change. */
  change({ rangeOffset, rangeLength, text }: TextChange): void {
    this.current = this.current.slice(0, rangeOffset) + text + this.current.slice(rangeOffset + rangeLength);
    for (const one of this.open.values())
      one.total = this.ask(one, { kind: "change", document: one.id, changes: [{ rangeOffset, rangeLength, text }] });
  }

  /** Tokens of the text as it is now. @throws what `CountThread.ask` throws */
  async count(encoding: EncodingName): Promise<number> {
    const known = this.open.get(encoding);
    if (known?.generation === this.thread.generation) return await known.total;
    return await this.opened(encoding).total;
  }

  /** Lets the thread forget the text. */
  close(): void {
    for (const { id, generation } of this.open.values())
      if (generation === this.thread.generation) this.thread.ask({ kind: "close", document: id }).catch(() => {});
    this.open.clear();
  }

  /** Hands the text over part by part, so that the thread has a turn for others in between. */
  private opened(encoding: EncodingName): Open {
    const id = crypto.randomUUID();
    const one: Open = { id, generation: this.thread.generation, total: Promise.resolve(0) };
    this.open.set(encoding, one);
    one.total = this.ask(one, { kind: "open", document: id, encoding, text: "" });
    for (let start = 0; start < this.current.length; ) {
      const end = nextBoundary(encoding, this.current, start + PART);
      const text = this.current.slice(start, end);
      one.total = this.ask(one, { kind: "change", document: id, changes: [{ rangeOffset: start, rangeLength: 0, text }] });
      start = end;
    }
    return one;
  }

  /** An answer that fails makes the next count open the text again. */
  private ask(one: Open, question: Question): Promise<number> {
    const answer = this.thread.ask(question);
    answer.catch(() => {
      for (const [encoding, open] of this.open) if (open === one) this.open.delete(encoding);
    });
    return answer;
  }
}
