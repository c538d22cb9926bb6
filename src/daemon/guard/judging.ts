import type { MachineAllowance } from "../../budget/allowance/allowance.ts";
import { expectedOutput, type RequestEstimate } from "../../budget/estimate/estimate.ts";
import { normFor, type OutputNorms } from "../../budget/estimate/outputNorms.ts";
import { priceAtContext } from "../../budget/estimate/turn.ts";
import { parseAmount, type Unit } from "../../budget/money.ts";
import type { Plan } from "../../budget/plan/plan.ts";
import { type Work, workOf } from "../../budget/policy/work.ts";
import { tightened } from "../../budget/policy/workspaceRules.ts";
import { plansBeside, pricingOf } from "../../budget/pricing/pricing.ts";
import type { Reason, ReasonCode } from "../../budget/verdict/reason.ts";
import { applicable, judge, type Verdict } from "../../budget/verdict/verdict.ts";
import type { ModelPrice, PriceList } from "../../prices/rates.ts";
import type { OpenReply, OpenRequest } from "../../protocol/daemon.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import type { Book, Hold, Part } from "./book.ts";
import { offlineReason, refusal, refusedReason, toReply } from "./reasons.ts";

/** What the guard knows of the world at the moment of a request. */
export interface GuardView {
  /** Issuer and subject; empty when signed out. */
  account: string;
  /** Epoch ms by the clock of whoever gives the allowances. */
  now: number;
  allowances: MachineAllowance[];
  policy: PolicyVersion;
  prices: PriceList;
  /** The person's own flat-rate plans. */
  plans: readonly Plan[];
  /** Undefined while it is not known whose requests these are. */
  book: Book | undefined;
  /** Why nobody may send anything: the endpoint does not know the person any more. */
  refused: string | undefined;
  /** Signed in, but the endpoint has not answered yet and never did before. */
  stranger: boolean;
  /** Whose requests these are was known to an earlier daemon, and no window has said it to this one. */
  missing: boolean;
}

/** A request that may go, with the money that was set aside for it. */
export interface Admitted {
  view: GuardView;
  estimate: RequestEstimate;
  price: ModelPrice;
  verdict: Verdict;
  holds: Hold[];
  parts: Part[];
}

export type Judgement =
  | { kind: "admitted"; admitted: Admitted }
  | { kind: "answered"; reply: OpenReply }
  /** The rules have changed under it: read them again, then judge again. */
  | { kind: "again" };

/** Only the endpoint's word stops a request for want of money: the figures here may be a minute old. */
const MONEY_REASONS = new Set<string>(["spent", "doesNotFit"]);
export const isMoney = (code: ReasonCode) => MONEY_REASONS.has(code);

/** Judges a request by what is known, and sets money aside for it where it may go. */
export async function judgeRequest(request: OpenRequest, view: GuardView, norms: OutputNorms): Promise<Judgement> {
  const { ref, workspaceRules } = request;
  const policy = workspaceRules ? tightened(view.policy.policy, workspaceRules) : view.policy.policy;
  const priced = pricingOf(view.prices, ref, policy, plansBeside(view.plans, view.allowances, ref));
  const estimate = completed(request, priced.price, norms);
  const price = estimate.turn ? priceAtContext(priced.price, estimate.input.high) : priced.price;
  const verdict = judge({ ref, at: view.now, ...workOf(request), estimate, ...priced, price }, view.allowances, policy);
  const answer = (reasons: Reason[]): Judgement => ({
    kind: "answered",
    reply: toReply(request.id, { ...verdict, decision: reasons[0]?.effect ?? "allow", reasons }, view.policy.version),
  });
  const mustAsk = (reasons: Reason[]) => reasons.length > 0 && !isConfirmed(request, verdict, reasons);

  if (view.refused !== undefined) return answer([refusedReason(view.refused)]);
  const rules = verdict.reasons.filter(({ code }) => !MONEY_REASONS.has(code));
  if (rules.some(({ effect }) => effect === "block")) return answer(verdict.reasons);
  // With money short nothing is asked of the person before the endpoint has said that there is some.
  const short = verdict.reasons.some(({ code }) => MONEY_REASONS.has(code));
  if (!short && mustAsk(rules)) return answer(rules);

  const parts = partsOf(request, verdict, view.allowances);
  // As it is at this very moment: others may have gone on meanwhile.
  const offline = () => offlineReason(policy, (view.book?.beyond() ?? 0n) + verdict.hold.usd);
  const mayGoOn = (reasons: Reason[]) => reasons.every(({ effect }) => effect === "confirm") && !mustAsk(reasons);
  const unknown = [...offline(), ...rules];
  if (view.stranger && !mayGoOn(unknown)) return answer(unknown);
  const admitted = (holds: Hold[]): Judgement => ({
    kind: "admitted",
    admitted: { view, estimate, price, verdict, holds, parts },
  });
  const { book } = view;
  if (!book) return admitted([]);
  const goOn = (reasons: Reason[]) => (mayGoOn(reasons) ? admitted(book.force(request.id, parts, ref)) : answer(reasons));
  const reservation = await book.reserve(request.id, ref, parts);
  switch (reservation.kind) {
    case "closed":
      return { kind: "again" };
    case "denied":
      return answer([refusedReason(reservation.reason)]);
    case "refused":
      return answer([refusal(reservation, view.allowances, verdict)]);
    case "unreachable":
      // Out of reach, the last known figures are all there is.
      return short ? answer([...verdict.reasons, ...offline()]) : goOn([...offline(), ...rules]);
    case "held":
      if (!short || !mustAsk(rules)) return admitted(reservation.holds);
      book.release(request.id, reservation.holds);
      return answer(rules);
  }
}

/** With the answer's length that is usual for this person, where the client does not say. */
function completed(
  { origin, ref, estimate, requestedOutput }: OpenRequest,
  { maxOutput }: ModelPrice,
  norms: OutputNorms,
): RequestEstimate {
  const usual = () => expectedOutput({ requested: requestedOutput, model: maxOutput, norm: normFor(norms, origin, ref) });
  return { ...estimate, output: estimate.output ?? usual() };
}

/** What to set aside, in one part for each unit. */
export function partsOf(
  request: Pick<OpenRequest, "ref"> & Work,
  { hold }: Pick<Verdict, "hold">,
  allowances: readonly MachineAllowance[],
): Part[] {
  const drawn = applicable([...allowances], request.ref, request);
  return (["usd", "tokens"] as const).flatMap((unit: Unit) => {
    const keys = drawn.filter((allowance) => allowance.unit === unit).map(({ key }) => key);
    return keys.length > 0 ? [{ unit, keys, amount: hold[unit] }] : [];
  });
}

/** The person has said yes to this much, knowing every reason that there is now; a purpose that is needed is no matter of a yes. */
function isConfirmed({ confirmed }: OpenRequest, { cost }: Verdict, reasons: Reason[]): boolean {
  return (
    confirmed !== undefined &&
    parseAmount(confirmed.cost) >= cost.high &&
    reasons.every(({ code }) => code !== "purposeNeeded" && confirmed.reasons.includes(code))
  );
}
