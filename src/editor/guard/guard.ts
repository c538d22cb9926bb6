import type { RequestEstimate } from "../../budget/estimate/estimate.ts";
import type { ModelRef } from "../../budget/modelRef.ts";
import { formatAmount, type Nano, parseAmount } from "../../budget/money.ts";
import { type Work, workOf } from "../../budget/policy/work.ts";
import { type Alternative, alternativesTo, type ComparedModel } from "../../budget/pricing/compare.ts";
import type { ReasonCode } from "../../budget/verdict/reason.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";
import { matchesModel } from "../../prices/pattern.ts";
import type { OpenReply, OpenRequest } from "../../protocol/daemon.ts";
import type { SpendingClient } from "../workspaceClient.ts";
import { Hold } from "./hold.ts";

/** A request that somebody wants to send. */
export interface GuardedRequest {
  origin: OpenRequest["origin"];
  ref: ModelRef;
  estimate: RequestEstimate;
  /** What the person has already confirmed for this turn, and said that it is for. */
  confirmed?: OpenRequest["confirmed"];
  purpose?: string | undefined;
  /** The same work at other models, cheapest first; looked up only when there is something to ask. */
  alternatives(work: Work): ComparedModel[];
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
  work: Work;
  estimate: RequestEstimate;
  reply: OpenReply;
  /** What a yes answers for in all, where further rounds may follow (nano-USD). */
  covers?: Nano;
  alternative?: Alternative;
}

/** Where a purpose is needed: its id, and the request is judged again with it. */
export type Answer = "send" | "useAlternative" | "cancel" | { purpose: string };

export type Admission =
  /** The hold stands: send, then settle. `ref` differs from the request's when the person chose the alternative. */
  | { outcome: "admitted"; hold: Hold; ref: ModelRef; confirmed?: OpenRequest["confirmed"]; purpose?: string }
  | ({ outcome: "refused" } & Refused)
  | { outcome: "cancelled" };

/** A request that is not sent, and why. */
export interface Refused {
  ref: ModelRef;
  work: Work;
  reply: OpenReply;
  alternative?: Alternative;
}

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
    const from = this.from();
    let { confirmed, purpose } = request;
    for (;;) {
      const asked = { id, origin, ref, estimate, ...from, ...(purpose !== undefined && { purpose }) };
      const reply = await this.client.open({ ...asked, ...(confirmed && { confirmed }) });
      if (reply.decision === "allow") return await this.hold(reply.id, { ...request, purpose }, confirmed);
      const work = workOf(asked);
      const alternative = alternativeTo(reply, request.alternatives(work));
      const found = { ref, work, reply, ...(alternative && { alternative }) };
      if (reply.decision === "block" || !request.attended) return { outcome: "refused", ...found };
      const covers = parseAmount(reply.cost.high) * BigInt(request.rounds);
      const question = { ...found, estimate, ...(request.rounds > 1 && { covers }) };
      const answer = request.signal.aborted ? "cancel" : await this.ask(question);
      if (answer === "cancel" || request.signal.aborted) {
        await this.client.cancel(id);
        return { outcome: "cancelled" };
      }
      if (answer === "useAlternative" && alternative) {
        await this.client.cancel(id);
        return await this.admit(withAlternative({ ...request, purpose }, alternative));
      }
      if (typeof answer === "object") {
        purpose = answer.purpose;
        continue;
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
    { ref, estimate, signal, purpose }: GuardedRequest,
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
    return { outcome: "admitted", hold, ref, ...(confirmed && { confirmed }), ...(purpose !== undefined && { purpose }) };
  }
}

/** Where the team has closed the model itself, a dearer one is a way out too. */
const CLOSED: readonly ReasonCode[] = ["modelDenied", "modelNotAllowed"];

/** The one that the team prefers where it is among them, else the cheapest. */
function alternativeTo({ cost, reasons, preferred }: OpenReply, compared: readonly ComparedModel[]): Alternative | undefined {
  const closed = reasons.some(({ code }) => CLOSED.includes(code));
  const than = { likely: parseAmount(cost.likely), high: parseAmount(cost.high) };
  const alternatives = alternativesTo(compared, than, closed ? "any" : "cheaper");
  return alternatives.find(({ ref }) => preferred && matchesModel(preferred.model, ref)) ?? alternatives[0];
}

/** Why little is left asks nobody who has just taken no more than the request needs. */
const LITTLE_LEFT: readonly ReasonCode[] = ["shareOfRemaining", "shareOfLimit"];

/** A refused request for which the person took what it lacked. */
export function withTakings(request: GuardedRequest, { reply }: Refused): GuardedRequest {
  const { reasons = [] } = request.confirmed ?? {};
  return { ...request, confirmed: { cost: reply.cost.high, reasons: [...reasons, ...LITTLE_LEFT] } };
}

/** The person has seen the alternative's price on the button, and so what the policy would ask: that is its confirmation. */
export function withAlternative(request: GuardedRequest, { ref, estimate, cost, verdict }: Alternative): GuardedRequest {
  const { origin, rounds, attended, signal, purpose } = request;
  const reasons = verdict.reasons.map(({ code }) => code);
  const confirmed = reasons.length > 0 && { confirmed: { cost: formatAmount(cost.high * BigInt(rounds)), reasons } };
  return { origin, rounds, attended, signal, purpose, ref, estimate, ...confirmed, alternatives: () => [] };
}
