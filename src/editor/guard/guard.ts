import { type Alternative, alternativesTo, type ComparedModel } from "../../budget/compare.ts";
import type { RequestEstimate } from "../../budget/estimate.ts";
import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import { type ModelRef, type ReasonCode, sameModel } from "../../budget/verdict.ts";
import type { Work } from "../../budget/work.ts";
import type { OpenReply, OpenRequest } from "../../protocol/daemon.ts";
import type { SpendingClient } from "../workspaceClient.ts";
import { Hold } from "./hold.ts";

/** A request that somebody wants to send. */
export interface GuardedRequest {
  origin: OpenRequest["origin"];
  ref: ModelRef;
  estimate: RequestEstimate;
  /** What the person has already confirmed for this turn. */
  confirmed?: OpenRequest["confirmed"];
  /** The same at other models, cheapest first; looked up only when there is something to ask. */
  alternatives(): ComparedModel[];
  /** A yes answers for further rounds of tool calls too, up to this many times the cost that was asked about. */
  rounds: number;
  /** False for what the editor sends of its own accord (titles, progress texts): nobody can be asked about it, so it is refused instead. */
  attended: boolean;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/** Where a request comes from: the work in the window, and the name to remember its workspace by, unless the person wants none remembered. */
export type Origin = Work & Pick<OpenRequest, "workspace">;

/** What a person is asked before an expensive request. */
export interface Question {
  ref: ModelRef;
  estimate: RequestEstimate;
  reply: OpenReply;
  /** What a yes answers for in all, where further rounds may follow (nano-USD). */
  covers?: Nano;
  alternative?: Alternative;
}

export type Answer = "send" | "useAlternative" | "cancel";

export type Admission =
  /** The hold stands: send, then settle. `ref` differs from the request's when the person chose the alternative. */
  | { outcome: "admitted"; hold: Hold; ref: ModelRef; confirmed?: OpenRequest["confirmed"] }
  | { outcome: "refused"; ref: ModelRef; reply: OpenReply; alternative?: Alternative }
  | { outcome: "cancelled" };

/**
 * The one pipeline before every request that this window sends: verdict and hold by the daemon, the question to the person
 * between them where the policy wants one. What is not admitted leaves no spend.
 */
export class Guard {
  private readonly client: SpendingClient;
  private readonly ask: (question: Question) => Promise<Answer>;
  private readonly log: (line: string) => void;
  private readonly from: () => Origin;
  private readonly open = new Map<string, Hold>();

  /** @param from where a request comes from */
  constructor(
    client: SpendingClient,
    ask: (question: Question) => Promise<Answer>,
    log: (line: string) => void,
    from: () => Origin,
  ) {
    this.client = client;
    this.ask = ask;
    this.log = log;
    this.from = from;
  }

  /** @throws when the daemon cannot be reached: nothing is sent unguarded. */
  async admit(request: GuardedRequest): Promise<Admission> {
    const id = crypto.randomUUID();
    const { origin, ref, estimate } = request;
    const asked = { id, origin, ref, estimate, ...this.from() };
    let { confirmed } = request;
    for (;;) {
      const reply = await this.client.open({ ...asked, ...(confirmed && { confirmed }) });
      if (reply.decision === "allow") return await this.hold(id, request, confirmed);
      const alternative = alternativeTo(reply, request.alternatives());
      const cheaper = alternative && { alternative };
      if (reply.decision === "block" || !request.attended) return { outcome: "refused", ref, reply, ...cheaper };
      const covers = parseAmount(reply.cost.high) * BigInt(request.rounds);
      const answer = await this.ask({ ref, estimate, reply, ...(request.rounds > 1 && { covers }), ...cheaper });
      if (answer === "cancel" || request.signal.aborted) {
        await this.client.cancel(id);
        return { outcome: "cancelled" };
      }
      if (answer === "useAlternative" && alternative) {
        await this.client.cancel(id);
        return await this.admit(withAlternative(request, alternative));
      }
      confirmed = { cost: formatAmount(covers), reasons: reply.reasons.map(({ code }) => code) };
    }
  }

  /** The open hold of this window with that id: an inner guard that meets a request already held takes it over, once. */
  adopt(id: unknown, ref: ModelRef): Hold | undefined {
    const hold = typeof id === "string" ? this.open.get(id) : undefined;
    return hold && sameModel(hold.ref, ref) && hold.adopt() ? hold : undefined;
  }

  private async hold(
    id: string,
    { ref, estimate, signal }: GuardedRequest,
    confirmed: OpenRequest["confirmed"],
  ): Promise<Admission> {
    if (signal.aborted) {
      await this.client.cancel(id);
      return { outcome: "cancelled" };
    }
    const covers = this.client.state?.policy.policy.hold ?? "p90";
    const covered = estimate.output[covers === "p90" ? "high" : covers];
    const hold = new Hold(this.client, { id, ref, estimate, covered }, this.log);
    this.open.set(id, hold);
    hold.onEnd = () => this.open.delete(id);
    return { outcome: "admitted", hold, ref, ...(confirmed && { confirmed }) };
  }
}

/** Where the team has closed the model itself, a dearer one is a way out too. */
const CLOSED: readonly ReasonCode[] = ["modelDenied", "modelNotAllowed"];

function alternativeTo({ cost, reasons }: OpenReply, compared: readonly ComparedModel[]): Alternative | undefined {
  const closed = reasons.some(({ code }) => CLOSED.includes(code));
  const than = { likely: parseAmount(cost.likely), high: parseAmount(cost.high) };
  return alternativesTo(compared, than, closed ? "any" : "cheaper")[0];
}

/** The person has seen the alternative's price on the button, and so what the policy would ask: that is its confirmation. */
export function withAlternative(request: GuardedRequest, { ref, estimate, cost, verdict }: Alternative): GuardedRequest {
  const { origin, rounds, attended, signal } = request;
  const reasons = verdict.reasons.map(({ code }) => code);
  const confirmed = reasons.length > 0 && { confirmed: { cost: formatAmount(cost.high * BigInt(rounds)), reasons } };
  return { origin, rounds, attended, signal, ref, estimate, ...confirmed, alternatives: () => [] };
}
