import { type Message, message } from "../message.ts";
import { parseAmount, showAmount } from "../money.ts";
import type { AllowanceRule } from "../policy/allowanceRule.ts";
import type { Policy } from "../policy/policy.ts";
import { visibilityText } from "../policy/visibility.ts";
import { assistantChanges } from "./assistantChanges.ts";
import { asJson, differencesOf } from "./json.ts";

/** What a change of policy means for the people under it, one sentence each, the gravest first. Empty where nothing changes for them. */
export function changesOf(before: Policy, after: Policy): Message[] {
  return [
    ...modelChanges(before, after),
    ...thresholdChanges(before, after),
    ...purposeChanges(before, after),
    ...quietChanges(before, after),
    ...allowanceChanges(before, after),
    ...grantChanges(before, after),
    ...ruleChanges(before, after),
    ...assistantChanges(before, after),
    ...otherChanges(before, after),
  ];
}

function modelChanges(before: Policy, after: Policy): Message[] {
  const denied = added(before.models.denied, after.models.denied, ({ model }) => model);
  const freed = added(after.models.denied, before.models.denied, ({ model }) => model);
  const said = [
    ...denied.map(({ model, reason }) => message("{0} is not allowed any more: {1}", model, reason)),
    ...freed.map(({ model }) => message("{0} is allowed again", model)),
  ];
  const [was, is] = [before.models.allowed, after.models.allowed];
  if (differencesOf(was, is).length === 0) return said;
  const all = is.includes("*") ? message("Every model is allowed") : message("Only these models are allowed: {0}", is.join(", "));
  return [...said, all];
}

/** Entries of `after` that `before` does not have, by their key. */
function added<T>(before: readonly T[], after: readonly T[], keyOf: (entry: T) => string): T[] {
  const known = new Set(before.map(keyOf));
  return after.filter((entry) => !known.has(keyOf(entry)));
}

/** What each threshold means, with one and without. */
const THRESHOLDS = {
  block: {
    cost: ["Requests above {0} are stopped", "No request is stopped for its cost any more"],
    shareOfRemaining: [
      "Requests above {0}% of what is left are stopped",
      "No request is stopped for its share of what is left any more",
    ],
    shareOfLimit: [
      "Requests above {0}% of an allowance are stopped",
      "No request is stopped for its share of an allowance any more",
    ],
  },
  confirm: {
    cost: ["You are asked above {0} a request", "You are not asked for a request's cost any more"],
    shareOfRemaining: ["You are asked above {0}% of what is left", "You are not asked for a share of what is left any more"],
    shareOfLimit: ["You are asked above {0}% of an allowance", "You are not asked for a share of an allowance any more"],
  },
} as const;

function thresholdChanges(before: Policy, after: Policy): Message[] {
  return (["block", "confirm"] as const).flatMap((effect) => {
    const [was, is] = [before[effect], after[effect]];
    const kinds = (["cost", "shareOfRemaining", "shareOfLimit"] as const).filter((kind) => was[kind] !== is[kind]);
    return kinds.map((kind) => {
      const [above, never] = THRESHOLDS[effect][kind];
      const threshold = is[kind];
      if (threshold === undefined) return message(never);
      return message(above, typeof threshold === "string" ? usd(threshold) : percentOf(threshold));
    });
  });
}

function purposeChanges({ purposes: was }: Policy, { purposes: is }: Policy): Message[] {
  const fresh = added(was.list, is.list, ({ id }) => id).map(({ name }) => message("New purpose: {0}", name));
  const gone = added(is.list, was.list, ({ id }) => id).map(({ name }) => message("The purpose {0} is gone", name));
  const known = new Map(was.list.map((purpose) => [purpose.id, purpose]));
  const changed = is.list.filter((purpose) => {
    const before = known.get(purpose.id);
    return before !== undefined && differencesOf(asJson(before), asJson(purpose)).length > 0;
  });
  const said = [...fresh, ...changed.map(({ name }) => message("The purpose {0} has new rules", name)), ...gone];
  if (was.requiredAbove === is.requiredAbove) return said;
  const needed =
    is.requiredAbove === undefined
      ? message("You are not asked what a request is for any more")
      : message("You are asked what a request is for above {0}", usd(is.requiredAbove));
  return [needed, ...said];
}

function quietChanges({ quietHours: was }: Policy, { quietHours: is }: Policy): Message[] {
  if (differencesOf(was, is).length === 0) return [];
  if (is.length === 0) return [message("There are no quiet hours any more")];
  return is.map(({ from, to, days, effect }) => {
    const on = days ? ` (${days.join(", ")})` : "";
    return from === to ? message(QUIET.day[effect], on) : message(QUIET.hours[effect], from, to, on);
  });
}

const QUIET = {
  day: { confirm: "A quiet day{0}: you are asked", block: "A quiet day{0}: requests are stopped" },
  hours: {
    confirm: "Quiet hours from {0} to {1}{2}: you are asked",
    block: "Quiet hours from {0} to {1}{2}: requests are stopped",
  },
} as const;

function allowanceChanges(before: Policy, after: Policy): Message[] {
  const was = new Map(before.allowances.map((rule) => [rule.id, rule]));
  const is = new Map(after.allowances.map((rule) => [rule.id, rule]));
  const gone = before.allowances.filter(({ id }) => !is.has(id)).map(({ name }) => message("{0} is gone", name));
  return [...after.allowances.flatMap((rule) => allowanceChange(was.get(rule.id), rule)), ...gone];
}

function allowanceChange(was: AllowanceRule | undefined, is: AllowanceRule): Message[] {
  const amount = (rule: AllowanceRule) => showAmount(parseAmount(rule.limit), rule.unit);
  if (!was) return [message("New: {0}, {1} a {2}", is.name, amount(is), is.period)];
  if (was.unit !== is.unit || was.period !== is.period)
    return [message("{0} has new rules: {1} a {2}", is.name, amount(is), is.period)];
  const { limit, overdraft, ...rest } = is;
  const { limit: _, overdraft: __, ...before } = was;
  return [
    ...(was.limit === limit ? [] : [message("{0}: {1} a {2} (before: {3})", is.name, amount(is), is.period, amount(was))]),
    ...(was.overdraft === overdraft ? [] : [overdraftChange(is)]),
    ...(differencesOf(before, rest).length === 0
      ? []
      : [message("{0} has new rules: {1} a {2}", is.name, amount(is), is.period)]),
  ];
}

function overdraftChange({ name, unit, overdraft }: AllowanceRule): Message {
  if (overdraft === undefined) return message("{0} cannot be overdrawn any more", name);
  return message("{0} may be overdrawn by {1}, out of the next period", name, showAmount(parseAmount(overdraft), unit));
}

function grantChanges({ grants: was }: Policy, { grants: is }: Policy): Message[] {
  const differ = (field: keyof Policy["grants"]) =>
    differencesOf(asJson(was[field] ?? null), asJson(is[field] ?? null)).length > 0;
  return [...(differ("autoApproveUpTo") ? [automaticChange(is)] : []), ...(differ("breakGlass") ? [breakGlassChange(is)] : [])];
}

function automaticChange({ autoApproveUpTo }: Policy["grants"]): Message {
  if (!autoApproveUpTo) return message("A lead decides every request for more");
  const { each, period } = autoApproveUpTo;
  return message("Requests for up to {0} more are approved at once, up to {1} a period", usd(each), usd(period));
}

function breakGlassChange({ breakGlass }: Policy["grants"]): Message {
  if (!breakGlass) return message("Nobody may send anyway any more");
  return message(
    "In an emergency you may send anyway, up to {0} a period beyond an allowance; your leads see why",
    usd(breakGlass.period),
  );
}

const RULES = {
  offline: {
    confirm: "Where the endpoint cannot be reached, you are asked",
    block: "Where the endpoint cannot be reached, requests beyond your advance are stopped",
    allow: "Where the endpoint cannot be reached, requests go on",
  },
  hold: {
    likely: "Requests set aside their likely cost",
    p90: "Requests set aside what nine of ten stay below",
    worst: "Requests set aside the most they can cost",
  },
} as const;

function ruleChanges(before: Policy, after: Policy): Message[] {
  const said: Message[] = [];
  if (before.softLimit !== after.softLimit) said.push(message("Meters warn from {0}% of a limit", percentOf(after.softLimit)));
  if (differencesOf(before.offline, after.offline).length > 0) said.push(offlineChange(after));
  if (before.hold !== after.hold) said.push(message(RULES.hold[after.hold]));
  if (differencesOf(asJson(before.advances), asJson(after.advances)).length > 0) said.push(advancesChange(after));
  said.push(...settingChanges(before, after));
  if (differencesOf(before.share, after.share).length > 0) said.push(shareChange(after));
  if (differencesOf(before.unknownPrice, after.unknownPrice).length > 0) said.push(unknownPriceChange(after));
  if (before.visibility !== after.visibility) said.push(visibilityText(after.visibility));
  return said;
}

function offlineChange({ offline }: Policy): Message {
  if (typeof offline === "string") return message(RULES.offline[offline]);
  const beyond =
    offline.beyond === "block"
      ? "Where the endpoint cannot be reached, requests go on up to {0} beyond your advance, and are stopped then"
      : "Where the endpoint cannot be reached, requests go on up to {0} beyond your advance; then you are asked";
  return message(beyond, usd(offline.upTo));
}

function advancesChange({ advances: { share, most, minutes } }: Policy): Message {
  const [part, time] = [percentOf(share), String(minutes)];
  if (most === undefined)
    return message("Machines keep up to {0}% of an equal share beforehand, for {1} minutes offline", part, time);
  return message(
    "Machines keep up to {0}% of an equal share beforehand, at most {1}, for {2} minutes offline",
    part,
    usd(most),
    time,
  );
}

function settingChanges({ settings: was }: Policy, { settings: is }: Policy): Message[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])] as (keyof Policy["settings"])[];
  return names.flatMap((name) => {
    if (differencesOf(asJson(was[name] ?? null), asJson(is[name] ?? null)).length === 0) return [];
    const setting = `tokenBudget.${name}`;
    return is[name] === undefined
      ? [message("You set {0} yourself again", setting)]
      : [message("Your team sets {0} to {1}", setting, JSON.stringify(is[name]))];
  });
}

function shareChange({ share }: Policy): Message {
  const shared = (["project", "branch", "issue"] as const).filter((field) => share[field]);
  if (shared.length === 0) return message("What your requests are for stays on your machine");
  return message("Your team sees what each request is for: {0}", shared.join(", "));
}

function unknownPriceChange({ unknownPrice }: Policy): Message {
  if (unknownPrice === "block") return message("Models without a known price are stopped");
  if (unknownPrice === "confirm") return message("You are asked about models without a known price");
  return message("Models without a known price count like {0}", unknownPrice.assume);
}

/** What the sentences above tell; a message to the team is shown by itself. */
const TOLD =
  /^\/(models\/(denied|allowed)|block|confirm|purposes|quietHours|allowances|grants|softLimit|offline|advances|hold|settings|share|unknownPrice|assistants|visibility|message)(\/|$)/;

/** The fields that no sentence tells, by name. */
function otherChanges(before: Policy, after: Policy): Message[] {
  const pointers = differencesOf(asJson(before), asJson(after)).map(({ pointer }) => pointer);
  const fields = new Set(pointers.filter((pointer) => !TOLD.test(pointer)).map((pointer) => pointer.split("/")[1]));
  return fields.size > 0 ? [message("Changed: {0}", [...fields].join(", "))] : [];
}

const usd = (amount: string) => showAmount(parseAmount(amount), "usd");
const percentOf = (share: number) => String(Math.round(share * 100));
