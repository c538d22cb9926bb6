import * as z from "zod/mini";
import type { MachineAllowance } from "../../budget/allowance.ts";
import { expectedOutput, type RequestEstimate } from "../../budget/estimate.ts";
import { DecimalSchema } from "../../budget/fields.ts";
import { message } from "../../budget/message.ts";
import { formatAmount, max, parseAmount, type Unit } from "../../budget/money.ts";
import { normFor } from "../../budget/outputNorms.ts";
import { type Plan, planText } from "../../budget/plan.ts";
import type { Policy } from "../../budget/policy.ts";
import { plansBeside, pricingOf } from "../../budget/pricing.ts";
import { applicable, judge, type Reason, shortage, type Verdict, weightedUsage } from "../../budget/verdict.ts";
import { costOf, type ModelPrice, type PriceList } from "../../prices/rates.ts";
import type { OpenReply, OpenRequest, Settled, Settlement } from "../../protocol/daemon.ts";
import { type Entry, type PolicyVersion, UsageSchema, UsageSourceSchema } from "../../protocol/endpoint.ts";
import { type WholeInput, WholeInputSchema } from "../../tokens/estimate/calibration.ts";
import { type Usage, usageOf } from "../../wire/usage.ts";
import type { Clock } from "../clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { OpenRecord } from "../ledger/records.ts";
import type { Book, Hold, Part } from "./book.ts";
import { entryOf } from "./leftovers.ts";
import type { OutputBook } from "./outputBook.ts";

/** What the guard knows of the world at the moment of a request. */
export interface GuardView {
  /** Issuer and subject; empty when signed out. */
  account: string;
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
}

export interface GuardParts {
  ledger: Ledger;
  outputs: OutputBook;
  clock: Clock;
  view(): Promise<GuardView>;
  /** Reads figures, policy and prices anew. */
  reload(): Promise<void>;
  changed(): void;
  /** A request that was counted as a whole has been counted by its provider. */
  learn(model: string, input: WholeInput, usage: Usage): void;
}

interface OpenRequestState {
  record: OpenRecord;
  client: string;
  policy: Policy;
  book: Book | undefined;
  /** What can be learned from, once the provider has counted it. */
  whole: WholeInput | undefined;
  reply: OpenReply;
  /** Its last raise: they go one after the other, each from what the one before left. */
  growing: Promise<unknown>;
}

/** What must be so for a request's entry to be taken later: one that is not would hold up all others. */
const Count = z.number().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER));
const OpenRequestSchema = z.looseObject({
  id: z.uuid(),
  origin: z.enum(["send", "chat"]),
  ref: z.object({ provider: z.string(), model: z.string() }),
  estimate: z.object({
    input: z.object({ low: Count, likely: Count, high: Count, exact: z.boolean() }),
    output: z.optional(z.object({ likely: Count, high: Count, worst: Count })),
    whole: z.optional(WholeInputSchema),
  }),
  requestedOutput: z.optional(Count),
  confirmed: z.optional(z.object({ cost: DecimalSchema, reasons: z.array(z.string()) })),
});
const SettlementSchema = z.object({
  id: z.string(),
  usage: UsageSchema,
  usageSource: UsageSourceSchema,
  providerRequestId: z.optional(z.string()),
  serviceTier: z.optional(z.string()),
});

/** Only the endpoint's word stops a request for want of money: the figures here may be a minute old. */
const MONEY_REASONS = new Set<string>(["spent", "doesNotFit"]);
/** How often a request is judged again because the rules changed under it. */
const TRIES = 3;

/** The one pipeline: estimate -> verdict -> hold -> sent -> settle. Every way in ends here. */
export class Guard {
  readonly #parts: GuardParts;
  readonly #open = new Map<string, OpenRequestState>();
  /** Requests that are being judged. */
  readonly #judging = new Map<string, Promise<unknown>>();
  #idle: (() => void)[] = [];

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  /** @throws Error, for people, when the request makes no sense, was sent already, or cannot be written down */
  async open(request: OpenRequest, client: string): Promise<OpenReply> {
    const asked = checked(OpenRequestSchema, request) as OpenRequest;
    // The same request may come over a new connection while the old one's is still being judged.
    while (this.#judging.has(asked.id)) await this.#judging.get(asked.id)!.catch(() => {});
    const judging = this.#judge(asked, client);
    this.#judging.set(asked.id, judging);
    try {
      return await judging;
    } finally {
      this.#judging.delete(asked.id);
    }
  }

  /** With the answer's length that is usual for this person, where the client does not say. */
  #estimate({ origin, ref, estimate, requestedOutput }: OpenRequest, { maxOutput }: ModelPrice): RequestEstimate {
    const norm = normFor(this.#parts.outputs.norms, origin, ref);
    const usual = () => expectedOutput({ requested: requestedOutput, model: maxOutput, norm });
    return { ...estimate, output: estimate.output ?? usual() };
  }

  async #judge(request: OpenRequest, client: string): Promise<OpenReply> {
    const held = this.#open.get(request.id);
    if (held?.record.sent) throw new Error(`request ${request.id} was sent already`);
    if (held) {
      held.client = client;
      return held.reply;
    }
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#judgeAndHold(request, client);
      if (reply !== "again") return reply;
      if (attempt === TRIES) throw new Error("The team's rules keep changing while this request is judged. Try again.");
      await this.#parts.reload();
    }
  }

  async #judgeAndHold(request: OpenRequest, client: string): Promise<OpenReply | "again"> {
    const view = await this.#parts.view();
    const { ref } = request;
    const priced = pricingOf(view.prices, ref, view.policy.policy, plansBeside(view.plans, view.allowances, ref));
    const { price } = priced;
    const estimate = this.#estimate(request, price);
    const verdict = judge({ ref, estimate, ...priced }, view.allowances, view.policy.policy);
    const answer = (reasons: Reason[]) =>
      toReply({ ...verdict, decision: reasons[0]?.effect ?? "allow", reasons }, view.policy.version);
    const mustAsk = (reasons: Reason[]) => reasons.length > 0 && !isConfirmed(request, verdict, reasons);

    if (view.refused !== undefined) return answer([refusedReason(view.refused)]);
    const rules = verdict.reasons.filter(({ code }) => !MONEY_REASONS.has(code));
    if (rules.some(({ effect }) => effect === "block")) return answer(verdict.reasons);
    // With money short nothing is asked of the person before the endpoint has said that there is some.
    const short = verdict.reasons.some(({ code }) => MONEY_REASONS.has(code));
    if (!short && mustAsk(rules)) return answer(rules);

    const parts = partsOf(request, verdict, view.allowances);
    const outOfReach = [...offlineReason(view.policy.policy), ...rules];
    const mayGoOn = outOfReach.every(({ effect }) => effect === "confirm") && !mustAsk(outOfReach);
    if (view.stranger && !mayGoOn) return answer(outOfReach);
    let holds: Hold[] = [];
    if (view.book) {
      const reservation = await view.book.reserve(request.id, ref, parts);
      if (reservation.kind === "closed") return "again";
      if (reservation.kind === "denied") return answer([refusedReason(reservation.reason)]);
      if (reservation.kind === "refused") return answer([refusal(reservation, view.allowances, verdict)]);
      if (reservation.kind === "unreachable") {
        // Out of reach, the last known figures are all there is.
        if (short) return answer([...verdict.reasons, ...offlineReason(view.policy.policy)]);
        if (!mayGoOn) return answer(outOfReach);
        holds = view.book.force(request.id, parts);
      } else holds = reservation.holds;
      if (short && mustAsk(rules)) {
        view.book.release(request.id, holds);
        return answer(rules);
      }
    }
    return this.#hold({ ...request, estimate }, client, { view, verdict, price, holds, parts });
  }

  #hold(
    request: OpenRequest & { estimate: RequestEstimate },
    client: string,
    {
      view,
      verdict,
      price,
      holds,
      parts,
    }: { view: GuardView; verdict: Verdict; price: ModelPrice; holds: Hold[]; parts: Part[] },
  ): OpenReply {
    const held = { usd: formatAmount(verdict.hold.usd), tokens: formatAmount(verdict.hold.tokens) };
    const record: OpenRecord = {
      id: request.id,
      account: view.account,
      at: new Date(this.#parts.clock.wall()).toISOString(),
      origin: request.origin,
      ...request.ref,
      price,
      priceRef: view.prices.priceRef,
      policyVersion: view.policy.version,
      heldUsage: usageHeld(request.estimate, view.policy.policy),
      held,
      holds: holds.map(({ advance, unit, amount }) => ({ advance, unit, amount: formatAmount(amount) })),
      allowances: parts.flatMap(({ keys }) => keys),
      sent: false,
    };
    try {
      this.#parts.ledger.hold(record);
    } catch (error) {
      view.book?.release(request.id, holds);
      throw new Error(`The hold could not be written down, so the request must not be sent: ${(error as Error).message}`);
    }
    const reply = { ...toReply(verdict, view.policy.version), decision: "allow" as const, held };
    this.#open.set(request.id, {
      record,
      client,
      policy: view.policy.policy,
      book: view.book,
      whole: request.estimate.whole,
      reply,
      growing: Promise.resolve(),
    });
    this.#parts.changed();
    return reply;
  }

  sent(id: string): void {
    const state = this.#known(id);
    this.#parts.ledger.sent(id);
    state.record = { ...state.record, sent: true };
  }

  /** @returns whether the hold now covers `output` tokens */
  async grow(id: string, output: number): Promise<boolean> {
    const state = this.#known(id);
    const raised = state.growing.then(() => this.#raise(id, state, output));
    state.growing = raised.catch(() => {}); // who asked hears of it
    return await raised;
  }

  async #raise(id: string, state: OpenRequestState, output: number): Promise<boolean> {
    const { record, policy, book } = state;
    if (!(output > record.heldUsage.output)) return true;
    const usage = { ...record.heldUsage, output: Math.ceil(output) };
    const total = { usd: costOf(usage, record.price), tokens: weightedUsage(usage, policy) };
    const more = {
      usd: max(0n, total.usd - parseAmount(record.held.usd)),
      tokens: max(0n, total.tokens - parseAmount(record.held.tokens)),
    };
    if (book && !(await book.grow(id, holdsOf(record), more))) return false;
    if (this.#open.get(id) !== state) return false; // it ended meanwhile
    const holds = record.holds.map((hold) => ({ ...hold, amount: formatAmount(parseAmount(hold.amount) + more[hold.unit]) }));
    const held = { usd: formatAmount(total.usd), tokens: formatAmount(total.tokens) };
    state.record = { ...state.record, heldUsage: usage, held, holds };
    this.#parts.ledger.hold(state.record, "grow");
    this.#parts.changed();
    return true;
  }

  /** @throws Error when there is no such request, or its usage makes no sense */
  settle(settlement: Settlement): Settled {
    const { id, usage, usageSource, providerRequestId, serviceTier } = checked(SettlementSchema, settlement);
    const state = this.#open.get(id);
    if (!state) return this.#settledBefore(id);
    const { record, book, policy, whole } = state;
    const cost = costOf(usage, record.price, { serviceTier, at: Date.parse(record.at) });
    const tokens = weightedUsage(usage, policy);
    const extra = {
      ...(providerRequestId !== undefined && { providerRequestId }),
      ...(serviceTier !== undefined && { serviceTier }),
    };
    const entry: Entry = {
      ...entryOf(record),
      usage,
      usageSource,
      cost: formatAmount(cost),
      tokens: formatAmount(tokens),
      ...extra,
    };
    const advances = book?.settle(id, holdsOf(record), { usd: cost, tokens }) ?? [];
    const observed = this.#parts.outputs.observe(entry);
    try {
      this.#parts.ledger.settle(record, { entry, advance: record.holds[0]?.advance ?? "" }, advances, observed);
      if (observed) this.#parts.outputs.take(observed);
      if (whole && usageSource === "provider") this.#parts.learn(record.model, whole, usage);
    } finally {
      this.#close(id); // it was spent, whether or not that could be written down
    }
    return { cost: entry.cost, overshoot: formatAmount(max(0n, cost - parseAmount(record.held.usd))) };
  }

  /** Said again by a client that did not hear the answer, or settled without it because the daemon was gone: what was booked stands. */
  #settledBefore(id: string): Settled {
    const entry = this.#parts.ledger.entry(id);
    if (!entry) throw new Error(`no open request ${id}`);
    return { cost: entry.cost, overshoot: formatAmount(max(0n, parseAmount(entry.cost) - parseAmount(entry.held.usd))) };
  }

  cancel(id: string): void {
    const state = this.#open.get(id);
    if (!state) return; // cancelled or settled before: nothing is held
    if (state.record.sent) {
      this.#settleUnseen(state);
      return;
    }
    state.book?.release(id, holdsOf(state.record));
    this.#parts.ledger.release(id);
    this.#close(id);
  }

  clientGone(client: string): void {
    for (const state of [...this.#open.values()]) if (state.client === client) this.cancel(state.record.id);
  }

  /** Resolves when no request is open. */
  idle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** It left, and nobody saw the end: charged at what was held. */
  #settleUnseen({ record }: OpenRequestState): void {
    this.settle({ id: record.id, usage: record.heldUsage, usageSource: "uncertain" });
  }

  #close(id: string): void {
    this.#open.delete(id);
    if (this.#open.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#parts.changed();
  }

  #known(id: string): OpenRequestState {
    const state = this.#open.get(id);
    if (!state) throw new Error(`no open request ${id}`);
    return state;
  }
}

/** @throws Error naming the first field that makes no sense; never its value */
function checked<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  throw new Error(`${result.error.issues[0]?.path.join(".") || "the request"} makes no sense`);
}

function holdsOf(record: OpenRecord): Hold[] {
  return record.holds.map(({ advance, unit, amount }) => ({ advance, unit, amount: parseAmount(amount) }));
}

/** What to set aside, in one part for each unit. */
function partsOf(request: OpenRequest, verdict: Verdict, allowances: MachineAllowance[]): Part[] {
  const drawn = applicable(allowances, request.ref);
  return (["usd", "tokens"] as const).flatMap((unit: Unit) => {
    const keys = drawn.filter((allowance) => allowance.unit === unit).map(({ key }) => key);
    return keys.length > 0 ? [{ unit, keys, amount: verdict.hold[unit] }] : [];
  });
}

/** The tokens that the policy's choice of hold covers. */
function usageHeld({ input, output }: RequestEstimate, { hold }: Policy): Usage {
  return usageOf({ input: hold === "likely" ? input.likely : input.high, output: output[hold === "p90" ? "high" : hold] });
}

/** The person has said yes to this much, knowing every reason that there is now. */
function isConfirmed({ confirmed }: OpenRequest, { cost }: Verdict, reasons: Reason[]): boolean {
  return (
    confirmed !== undefined &&
    parseAmount(confirmed.cost) >= cost.high &&
    reasons.every(({ code }) => confirmed.reasons.includes(code))
  );
}

function refusal(
  { allowance: key, remaining }: { allowance: string; remaining: bigint },
  allowances: MachineAllowance[],
  { hold }: Verdict,
): Reason {
  const allowance = allowances.find((one) => one.key === key) ?? { name: key, unit: "usd" as const };
  return shortage(allowance, remaining, hold[allowance.unit]);
}

function refusedReason(reason: string): Reason {
  const text = message(
    "Your team's endpoint does not let you in: {0} Sign in again, or sign out to work without a budget",
    reason,
  );
  return { code: "offline", effect: "block", text };
}

function offlineReason({ offline }: Policy): Reason[] {
  if (offline === "allow") return [];
  const text = message(
    "Your team's endpoint cannot be reached, and the money that this machine has in advance does not cover it",
  );
  return [{ code: "offline", effect: offline, text }];
}

function toReply({ decision, reasons, cost, priceKnown, plan }: Verdict, policyVersion: number): OpenReply {
  const { start, likely, high, worst } = cost;
  return {
    decision,
    reasons,
    cost: { start: formatAmount(start), likely: formatAmount(likely), high: formatAmount(high), worst: formatAmount(worst) },
    priceKnown,
    ...(plan && { plan: planText(plan) }),
    held: { usd: "0", tokens: "0" },
    policyVersion,
  };
}
