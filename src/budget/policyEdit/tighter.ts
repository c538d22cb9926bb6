import { type Nano, parseAmount } from "../money.ts";
import type { AllowanceRule } from "../policy/allowanceRule.ts";
import type { Policy } from "../policy/policy.ts";
import type { Thresholds } from "../policy/thresholds.ts";
import { asJson, same } from "./json.ts";

/**
 * Whether a policy lets through nothing that another one stops or asks about: a partial order, field by field. Where two policies
 * differ in anything that cannot be compared (prices, periods, the weights of tokens …), neither is tighter than the other.
 */
export function isAtLeastAsTight(policy: Policy, than: Policy): boolean {
  return (
    noLooser(policy.confirm, than.confirm) &&
    noLooser(policy.block, than.block) &&
    fewerModels(policy, than) &&
    smallerAllowances(policy, than) &&
    fewerGrants(policy, than) &&
    HOLDS.indexOf(policy.hold) >= HOLDS.indexOf(than.hold) &&
    sternerOffline(policy.offline, than.offline) &&
    sternerToAssistants(policy.assistants, than.assistants) &&
    sameUnknownPrice(policy, than) &&
    purposesSooner(policy, than) &&
    moreQuiet(policy, than) &&
    UNRANKED.every((field) => same(asJson(policy[field]), asJson(than[field])))
  );
}

/** From the mildest on. */
const HOLDS = ["likely", "p90", "worst"];
const OFFLINE = ["allow", "confirm", "block"];

/** Going on up to an amount is milder than what comes then, and stricter than going on. */
function sternerOffline(is: Policy["offline"], than: Policy["offline"]): boolean {
  const order = (rule: string) => OFFLINE.indexOf(rule);
  if (typeof is === "string") return order(is) >= order(typeof than === "string" ? than : than.beyond);
  if (typeof than === "string") return than === "allow";
  return parseAmount(is.upTo) <= parseAmount(than.upTo) && order(is.beyond) >= order(than.beyond);
}

function sternerToAssistants(is: Policy["assistants"], than: Policy["assistants"]): boolean {
  const stops = (["hookFailure", "unattended"] as const).every(
    (rule) => OFFLINE.indexOf(is[rule]) >= OFFLINE.indexOf(than[rule]),
  );
  return stops && is.subagents <= than.subagents && parseAmount(is.coldSession) <= parseAmount(than.coldSession);
}

/** A purpose is needed at no higher cost, and the purposes mean the same: whatever draws on other allowances cannot be compared. */
function purposesSooner({ purposes: is }: Policy, { purposes: than }: Policy): boolean {
  const meaning = ({ list }: Policy["purposes"]) => asJson(list.map(({ name: _, ...purpose }) => purpose));
  const sooner = atMost(is.requiredAbove, than.requiredAbove, (a, b) => parseAmount(a) <= parseAmount(b));
  return sooner && same(meaning(is), meaning(than));
}

/** All quiet hours of the other one are there, as stern or sterner. */
function moreQuiet({ quietHours: is }: Policy, { quietHours: than }: Policy): boolean {
  const sterner = (effect: string, than: string) => effect === "block" || effect === than;
  const when = ({ effect: _, ...rest }: Policy["quietHours"][number]) => asJson(rest);
  return than.every((hours) => is.some((own) => sterner(own.effect, hours.effect) && same(when(own), when(hours))));
}

/** Fields that must be the same for two policies to be compared. Warnings, words and what is compared stop nobody. */
const UNRANKED = ["timeZone", "prices", "plans", "tokenWeights"] as const;

function noLooser(is: Thresholds, than: Thresholds): boolean {
  const costs = atMost(is.cost, than.cost, (a, b) => parseAmount(a) <= parseAmount(b));
  const shares = (["shareOfRemaining", "shareOfLimit"] as const).every((kind) => atMost(is[kind], than[kind], (a, b) => a <= b));
  return costs && shares;
}

/** No limit is the highest. */
function atMost<T>(is: T | undefined, than: T | undefined, compare: (is: T, than: T) => boolean): boolean {
  return than === undefined || (is !== undefined && compare(is, than));
}

/** A pattern is allowed only where it was, and everything that was denied is. */
function fewerModels({ models: is }: Policy, { models: than }: Policy): boolean {
  const denied = new Set(is.denied.map(({ model }) => model));
  const allowed = than.allowed.includes("*") || is.allowed.every((pattern) => than.allowed.includes(pattern));
  return allowed && than.denied.every(({ model }) => denied.has(model));
}

/** Every allowance of the other one is there, for the same people, models and projects, with no higher limit. */
function smallerAllowances({ allowances: is }: Policy, { allowances: than }: Policy): boolean {
  return than.every((rule) => {
    const own = is.find(({ id }) => id === rule.id);
    if (!own) return false;
    const { limit: _limit, limitFor = {}, limitForRole: _role, overdraft = "0", name: _name, ...rest } = own;
    const {
      limit: _was,
      limitFor: wasFor = {},
      limitForRole: _wasRole,
      overdraft: before = "0",
      name: _wasName,
      ...others
    } = rule;
    // An undefined name stands for everybody else.
    const people = [undefined, ...new Set([...Object.keys(limitFor), ...Object.keys(wasFor)])];
    const limits = people.every((person) =>
      (["lead", "developer"] as const).every((role) => limitOf(own, person, role) <= limitOf(rule, person, role)),
    );
    return limits && parseAmount(overdraft) <= parseAmount(before) && same(asJson(rest), asJson(others));
  });
}

function limitOf(
  { limit, limitFor = {}, limitForRole = {} }: AllowanceRule,
  person: string | undefined,
  role: "lead" | "developer",
): Nano {
  return parseAmount((person !== undefined && limitFor[person]) || (limitForRole[role] ?? limit));
}

/** What the policy approves by itself is no more, at once and in a period; nor what people may take themselves. */
function fewerGrants({ grants: is }: Policy, { grants: than }: Policy): boolean {
  const noMore = (a: string | undefined, b: string | undefined) => parseAmount(a ?? "0") <= parseAmount(b ?? "0");
  const [own, other] = [is.autoApproveUpTo, than.autoApproveUpTo];
  return (
    noMore(own?.each, other?.each) && noMore(own?.period, other?.period) && noMore(is.breakGlass?.period, than.breakGlass?.period)
  );
}

/** Assuming another model's price is neither stricter nor milder than asking. */
function sameUnknownPrice({ unknownPrice: is }: Policy, { unknownPrice: than }: Policy): boolean {
  return is === "block" || (typeof is === "string" ? is === than : same(asJson(is), asJson(than)));
}
