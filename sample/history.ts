import { randomUUID } from "node:crypto";
import { formatAmount, type Nano, ONE } from "../src/budget/money.ts";
import type { Policy } from "../src/budget/policy/policy.ts";
import { weightedUsage } from "../src/budget/verdict/verdict.ts";
import { findPrice } from "../src/prices/find.ts";
import { costOf, type PriceList } from "../src/prices/rates.ts";
import type { Entry } from "../src/protocol/endpoint.ts";
import { usageOf } from "../src/wire/usage.ts";
import { randomFrom } from "./random.ts";

/** What a sample developer did: the same every time for the same seed and the same instant. */
export interface Habit {
  /** USD to have spent between the start of the month and now, about. */
  spentThisMonth: number;
  /** USD a month in the weeks before. */
  usualMonth: number;
  models: { provider: string; model: string }[];
  seed: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MEAN_REQUEST: Nano = ONE / 8n;

/** Weeks of plausible requests up to `now` (epoch ms): office hours, bursts, quiet weekends, cached prefixes. */
export function historyOf(habit: Habit, policy: Policy, prices: PriceList, monthStart: number, now: number): Entry[] {
  const random = randomFrom(habit.seed);
  const before = spread(habit, usd(habit.usualMonth * 1.2), monthStart - 36 * DAY, monthStart, policy, prices, random);
  const entries = [...before, ...spread(habit, usd(habit.spentThisMonth), monthStart, now, policy, prices, random)];
  return withWork(entries, habit.seed);
}

/** What the team works on, most first. */
const PROJECTS = ["fernway/booking", "fernway/fleet-planner", "fernway/website"];
const PURPOSES = ["feature", undefined, "review", "incident"];

/** What each request was for. */
function withWork(entries: readonly Entry[], seed: number): Entry[] {
  const random = randomFrom(seed + 100);
  const oneOf = <T>(choices: readonly T[]) => choices[Math.floor(random() ** 2 * choices.length)]!;
  return entries.map((entry) => {
    const [project, purpose] = [oneOf(PROJECTS), oneOf(PURPOSES)];
    return { ...entry, project, ...(purpose && { purpose }) };
  });
}

/** Requests between two instants, in order of time, whose cost comes to `total` but for less than a cent and never to more. */
function spread(
  habit: Habit,
  total: Nano,
  from: number,
  to: number,
  policy: Policy,
  prices: PriceList,
  random: () => number,
): Entry[] {
  const entries: Entry[] = [];
  let spent = 0n;
  while (total - spent > ONE / 100n) {
    const { entry, cost } = request(habit, officeHour(from, to, random), total - spent < MEAN_REQUEST, policy, prices, random);
    if (cost > total - spent) continue;
    entries.push(entry);
    spent += cost;
  }
  return entries.sort((a, b) => a.at.localeCompare(b.at));
}

function request(habit: Habit, at: number, small: boolean, policy: Policy, prices: PriceList, random: () => number) {
  const ref = habit.models[Math.floor(random() ** 2 * habit.models.length)]!;
  const price = findPrice(prices, ref);
  if (!price) throw new Error(`the sample's model ${ref.provider}/${ref.model} has no price`);
  const scale = small ? 0.1 : Math.exp(1.1 * gauss(random));
  const usage = usageOf({
    input: Math.round(1_500 * scale),
    cacheRead: Math.round(60_000 * scale * random()),
    cacheWrite5m: ref.provider === "anthropic" ? Math.round(8_000 * scale) : 0,
    output: Math.round(900 * scale),
  });
  const cost = costOf(usage, price);
  const tokens = weightedUsage(usage, policy);
  const entry: Entry = {
    id: randomUUID(),
    at: new Date(at).toISOString(),
    origin: scale < 0.7 ? "send" : "chat",
    ...ref,
    usage,
    usageSource: "provider",
    providerRequestId: `sample-${randomUUID()}`,
    priceRef: prices.priceRef,
    cost: formatAmount(cost),
    tokens: formatAmount(tokens),
    held: { usd: formatAmount(cost), tokens: formatAmount(tokens) },
    policyVersion: 1,
    allowances: [],
  };
  return { entry, cost };
}

/** A moment between two instants: mostly on working days between 8 and 18 UTC, where the span has such hours. */
function officeHour(from: number, to: number, random: () => number): number {
  for (let tries = 0; tries < 20; tries++) {
    const at = from + random() * (to - from);
    const date = new Date(at);
    const working = date.getUTCDay() % 6 !== 0 && date.getUTCHours() >= 8 && date.getUTCHours() < 18;
    if (working || random() < 0.03) return at;
  }
  return from + random() * (to - from);
}

const usd = (dollars: number): Nano => BigInt(Math.round(dollars * 100)) * (ONE / 100n);

/** A standard normal value (Box-Muller). */
function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
