import { costOf } from "../../prices/rates.ts";
import { type Usage, usageOf } from "../../wire/usage.ts";
import { type MachineAllowance, ruledBy } from "../allowance/allowance.ts";
import { type Message, message } from "../message.ts";
import type { ModelRef } from "../modelRef.ts";
import { divideHalfUp, formatAmount, max, type Nano, parseAmount, showAmount, type Unit } from "../money.ts";
import { periodAt } from "../period/period.ts";
import type { AllowanceRule } from "../policy/allowanceRule.ts";
import type { Policy } from "../policy/policy.ts";
import { purposeOf } from "../policy/purposes.ts";
import { type Work, workOf } from "../policy/work.ts";
import { applicable, type CostedRequest, judgeCost, type Priced, weightedUsage } from "../verdict/verdict.ts";

/** A request of the past, as the ledger has it. */
export interface PastRequest extends ModelRef, Work {
  person: string;
  /** Epoch ms. */
  at: number;
  usage: Usage;
  serviceTier?: string | undefined;
  /** As it was booked (nano-USD). */
  cost: Nano;
  /** What was held for it (nano-USD): what it looked like it might cost before it was sent. 0: not known. */
  held: Nano;
}

/** What a policy would have done to one person's requests. */
export interface Outcome {
  requests: number;
  /** How often the person would have been asked. */
  asked: number;
  blocked: number;
  /** What the blocked ones cost (nano-USD). */
  saved: Nano;
}

export interface RehearsalParts {
  policy: Policy;
  /** A person's limit at an instant (epoch ms) by a rule of this policy, with what was granted then (nano of the rule's unit). */
  limitFor(rule: AllowanceRule, person: string, at: number): Nano;
  /** What a request to a model is priced by under this policy. */
  priced(ref: ModelRef, at: number): Priced;
}

/**
 * Replays requests, oldest first, under a policy: every request is judged by what was held for it and charged at what it used, at the
 * policy's prices. A request that would have been asked about counts as sent; one that is blocked spends nothing. Allowances begin
 * empty in the first request's periods, so limits that were nearly used up then are not seen; those of projects count the requests whose
 * entries say for which project they were. What is overdrawn is not taken from the period after it.
 */
export class Rehearsal {
  /** By person. */
  readonly outcomes = new Map<string, Outcome>();
  /** By id of a purpose of this policy, of the requests that say one. */
  readonly purposes = new Map<string, Outcome>();
  readonly #parts: RehearsalParts;
  /** Spend by allowance and period (nano of its unit). */
  readonly #spend = new Map<string, Nano>();

  constructor(parts: RehearsalParts) {
    this.#parts = parts;
  }

  replay(request: PastRequest): void {
    const { policy, priced } = this.#parts;
    const costed = costedOf(request, priced(request, request.at), policy);
    const drawn = applicable(
      policy.allowances.map((rule) => this.#allowance(rule, request)),
      request,
      request,
    );
    const { decision } = judgeCost(costed, drawn, policy);
    this.#count(request, decision);
    if (decision === "block") return;
    const spent: Record<Unit, Nano> = { usd: costed.cost.likely, tokens: weightedUsage(request.usage, policy) };
    for (const { key, unit } of drawn) this.#spend.set(key, (this.#spend.get(key) ?? 0n) + spent[unit]);
  }

  #count({ person, purpose, cost }: PastRequest, decision: "allow" | "confirm" | "block"): void {
    count(this.outcomes, person, decision, cost);
    const known = purposeOf(this.#parts.policy.purposes, purpose);
    if (known) count(this.purposes, known.id, decision, cost);
  }

  #allowance(rule: AllowanceRule, { person, at }: PastRequest): MachineAllowance {
    const { policy, limitFor } = this.#parts;
    const period = periodAt(rule.period, policy.timeZone, at);
    const key = `${rule.id}|${rule.per === "team" ? "" : person}|${period.key}`;
    return {
      key,
      ...ruledBy(rule, period, policy),
      limit: formatAmount(limitFor(rule, person, at)),
      ...(rule.overdraft !== undefined && { overdraft: rule.overdraft }),
      softLimit: policy.softLimit,
      spend: formatAmount(this.#spend.get(key) ?? 0n),
      held: "0",
      ownFree: "0",
    };
  }
}

function count(outcomes: Map<string, Outcome>, of: string, decision: "allow" | "confirm" | "block", cost: Nano): void {
  const outcome = outcomes.get(of) ?? { requests: 0, asked: 0, blocked: 0, saved: 0n };
  outcome.requests++;
  if (decision === "confirm") outcome.asked++;
  if (decision === "block") {
    outcome.blocked++;
    outcome.saved += cost;
  }
  outcomes.set(of, outcome);
}

function costedOf(request: PastRequest, { price, priceKnown, assumed }: Priced, policy: Policy): CostedRequest {
  const { usage, serviceTier, at } = request;
  const likely = costOf(usage, price, { serviceTier, at });
  // What it looked like before it was sent, at this policy's prices.
  const high =
    request.cost > 0n ? divideHalfUp(likely * max(request.held, request.cost), request.cost) : max(likely, request.held);
  const start = costOf(usageOf({ ...usage, output: 0, audioOut: 0 }), price, { serviceTier, at });
  const held = policy.hold === "likely" ? likely : high;
  return {
    ref: { provider: request.provider, model: request.model },
    at,
    ...workOf(request),
    priceKnown,
    ...(assumed !== undefined && { assumed }),
    cost: { start, likely, high, worst: high },
    hold: { usd: held, tokens: weightedUsage(usage, policy) },
  };
}

/** A rehearsal's result for people, as it crosses: amounts as decimal strings (USD). */
export interface RehearsalSummary {
  days: number;
  requests: number;
  people: { name: string; requests: number; asked: number; blocked: number; saved: string }[];
  /** The draft's purposes that requests had, by name. */
  purposes?: { name: string; asked: number; blocked: number }[] | undefined;
  /** Instead of `people`, where single ones are not shown: percent of the requests, rounded. */
  shares?: { asked: number; blocked: number } | undefined;
}

/** The result in sentences: who would have been asked and stopped, and what that saves. */
export function rehearsalWords({ days, requests, people, purposes = [], shares }: RehearsalSummary): Message[] {
  const span = String(days);
  if (requests === 0) return [message("There was no request in the last {0} days to try this on", span)];
  if (shares)
    return [
      message(
        "In the last {0} days about {1}% of the requests would have been asked about, and {2}% stopped",
        ...[span, String(shares.asked), String(shares.blocked)],
      ),
    ];
  return [askedWords(span, people), ...blockedWords(people), ...purposes.map(purposeWords)];
}

function purposeWords({ name, asked, blocked }: { name: string; asked: number; blocked: number }): Message {
  if (asked + blocked === 0) return message("Nobody with purpose {0} would have been asked or stopped", name);
  return message(
    "With purpose {0}, {1} requests would have been asked about and {2} stopped",
    name,
    String(asked),
    String(blocked),
  );
}

type People = RehearsalSummary["people"];

function askedWords(days: string, people: People): Message {
  const asked = people.filter(({ asked }) => asked > 0);
  const times = asked.reduce((sum, person) => sum + person.asked, 0);
  const all = String(people.length);
  if (times === 0) return message("In the last {0} days nobody of {1} would have been asked", days, all);
  if (times === 1) return message("In the last {0} days one of {1} would have been asked once", days, all);
  return message(
    "In the last {0} days {1} of {2} would have been asked {3} times",
    days,
    String(asked.length),
    all,
    String(times),
  );
}

function blockedWords(people: People): Message[] {
  const blocked = people.filter(({ blocked }) => blocked > 0);
  const requests = blocked.reduce((sum, person) => sum + person.blocked, 0);
  const saved = showAmount(
    blocked.reduce((sum, person) => sum + parseAmount(person.saved), 0n),
    "usd",
  );
  if (requests === 0) return [message("No request would have been stopped")];
  if (requests === 1) return [message("One request would have been stopped, and {0} not spent", saved)];
  const [of, all] = [String(blocked.length), String(people.length)];
  return [message("{0} requests of {1} of {2} would have been stopped, and {3} not spent", String(requests), of, all, saved)];
}
