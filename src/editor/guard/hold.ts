import type { RequestEstimate } from "../../budget/estimate/estimate.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import type { Settled, Settlement } from "../../protocol/daemon.ts";
import { usageOf } from "../../wire/usage.ts";
import type { SpendingClient } from "../workspaceClient.ts";

/** What a request turned out to use, and who says so. */
export type Outcome = Omit<Settlement, "id">;

interface Held {
  id: string;
  ref: ModelRef;
  estimate: RequestEstimate;
  /** Output tokens that the hold covers. */
  covered: number;
}

/** How many characters of an answer make a token, until it is counted at its end: low, so that a hold grows early. */
const CHARACTERS_PER_TOKEN = 3;

/** Output tokens of what has streamed so far, for `Hold.progress`. */
export function roughTokens(answer: string): number {
  return Math.ceil(answer.length / CHARACTERS_PER_TOKEN);
}

/** A hold is raised to so many times what has streamed: it stays ahead of the answer, and few messages carry a long one. */
const GROWTH = 1.5;

/**
 * Money set aside for one request. It ends exactly once: settled with what was used, or cancelled because nothing left.
 * `end` settles what nobody settled, so that every way out of the sender's code is covered by one `finally`.
 */
export class Hold {
  readonly id: string;
  readonly ref: ModelRef;
  readonly estimate: RequestEstimate;
  /** Called once, when the hold has ended. */
  onEnd: () => void = () => {};
  private readonly client: SpendingClient;
  private readonly log: (line: string) => void;
  private covered: number;
  private streamed = 0;
  private adopted = false;
  private state: "held" | "leaving" | "ended" = "held";

  constructor(client: SpendingClient, { id, ref, estimate, covered }: Held, log: (line: string) => void) {
    this.client = client;
    this.log = log;
    this.id = id;
    this.ref = ref;
    this.estimate = estimate;
    this.covered = covered;
  }

  /** Takes the hold over for an inner guard; false when it is taken or over. */
  adopt(): boolean {
    if (this.adopted || this.state !== "held") return false;
    this.adopted = true;
    return true;
  }

  /** An inner guard has taken the hold over and will end it. */
  get isAdopted(): boolean {
    return this.adopted;
  }

  /** The first byte is about to leave: the daemon has that in its journal since it let the request go. */
  leaves(): void {
    if (this.state === "held") this.state = "leaving";
  }

  /**
   * Tells how many output tokens have come. Above what the hold covers it is raised, ahead of the answer or at least up to
   * it; where no allowance permits that, the answer goes on (it is being paid for already) and the daemon books the overshoot.
   */
  progress(output: number): void {
    this.streamed = output;
    if (output <= this.covered || this.state !== "leaving") return;
    this.covered = Math.ceil(output * GROWTH);
    void this.raise(output, this.covered);
  }

  private async raise(output: number, ahead: number): Promise<void> {
    try {
      if (!(await this.client.grow(this.id, ahead))) await this.client.grow(this.id, output);
    } catch {
      // The daemon is gone for the moment: the settlement will say what was used.
    }
  }

  /** Ends the hold with what was used; undefined when it had ended before, or the daemon is gone. */
  async settle(outcome: Outcome): Promise<Settled | undefined> {
    if (!this.finish()) return undefined;
    return await this.client.settle({ id: this.id, ...outcome }).catch((error: Error) => this.lost(error));
  }

  /** Ends the hold without spend: it is certain that the model never took the request. */
  async cancel(): Promise<void> {
    if (this.finish()) await this.client.cancel(this.id).catch((error: Error) => this.lost(error));
  }

  /**
   * Ends a hold that is still open: without spend when the request never left, else by what has been counted.
   * @param count counts the output exactly; where it cannot, what has streamed is what there is to go by
   */
  async end(count: () => Promise<number> = async () => this.streamed): Promise<void> {
    if (this.state === "held") return await this.cancel();
    const output = await count().catch(() => this.streamed);
    const usage = usageOf({ input: this.estimate.input.likely, output });
    await this.settle({ usage, usageSource: "counted" });
  }

  /** The answer has come all the same; a daemon that does not hear of a request again charges it as uncertain. */
  private lost(error: Error): undefined {
    this.log(`The end of request ${this.id} could not be reported: ${error.message}`);
  }

  private finish(): boolean {
    if (this.state === "ended") return false;
    this.state = "ended";
    this.onEnd();
    return true;
  }
}
