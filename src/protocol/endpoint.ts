import * as z from "zod/mini";
import { AllowanceSchema, InstantSchema } from "../budget/allowance/allowance.ts";
import { GRANT_STATES } from "../budget/allowance/grant.ts";
import { DecimalSchema } from "../budget/fields.ts";
import { isDecimal, ONE, parseAmount } from "../budget/money.ts";
import { isTimeZone, PolicySchema } from "../budget/policy/policy.ts";
import { WORK_FIELDS } from "../budget/policy/work.ts";
import { TOKEN_CLASSES } from "../wire/usage.ts";

/**
 * What crosses between a machine and its team's endpoint, version 1: JSON over HTTPS, `Authorization: Bearer …`.
 * Both sides validate with these schemas and the OpenAPI document is made from them.
 * Nothing in here can hold prompt text: counts, model names, costs and instants only.
 */

const Id = z.string().check(z.minLength(1), z.maxLength(100));
const Count = z.int().check(z.minimum(0));
const Version = z.int().check(z.minimum(0), z.maximum(2 ** 31 - 1));

/** More than anybody uses, of dollars or tokens. Without an end, one machine's figures would leave no room for those of its team. */
const MOST = 10n ** 12n * ONE;
const Sum = DecimalSchema.check(z.refine((text) => !isDecimal(text) || parseAmount(text) <= MOST, "more than anybody uses"));

export const PersonSchema = z.object({
  id: Id,
  name: z.string(),
  email: z.optional(z.string()),
  role: z.enum(["lead", "developer"]),
});
export type Person = z.infer<typeof PersonSchema>;

/** `GET /v1/me` */
export const MeSchema = z.object({
  person: PersonSchema,
  team: z.object({ id: Id, name: z.string(), timeZone: z.string().check(z.refine(isTimeZone, "not an IANA time zone")) }),
  allowances: z.array(AllowanceSchema),
  policyVersion: Count,
  priceRef: z.string(),
  /** The endpoint's clock. */
  now: InstantSchema,
});
export type Me = z.infer<typeof MeSchema>;

/** `GET /v1/policy` (with `ETag: "<version>"`), the answer of `PUT`, and the body of a `policy` event. Version 0 is the default policy. */
export const PolicyVersionSchema = z.object({
  version: Count,
  author: z.string(),
  /** What the author says of the change. */
  note: z.string(),
  createdAt: InstantSchema,
  policy: PolicySchema,
});
export type PolicyVersion = z.infer<typeof PolicyVersionSchema>;

/** `PUT /v1/policy` by a lead, with `If-Match: "<version>"`: 412 when stale, 422 with a JSON pointer per fault when invalid. */
export const PolicyPushSchema = z.strictObject({
  policy: PolicySchema,
  note: z._default(z.string().check(z.maxLength(500)), ""),
});

/** `POST /v1/policy/rehearsal` by a lead: tries a draft on the team's requests of the last days. 422 when it is invalid. */
export const RehearsalRequestSchema = z.strictObject({ policy: PolicySchema });
export const RehearsalSchema = z.object({
  days: Count,
  requests: Count,
  /** Everybody in the team: how often they would have been asked and blocked, and what the blocked requests cost (USD). */
  people: z.array(z.object({ name: z.string(), requests: Count, asked: Count, blocked: Count, saved: DecimalSchema })),
  /** The draft's purposes that requests had. */
  purposes: z.optional(z.array(z.object({ name: z.string(), asked: Count, blocked: Count }))),
  /** Instead of `people`, where the policy shows no single ones: percent of the requests. */
  shares: z.optional(z.object({ asked: Count, blocked: Count })),
});

const Pico = z.string().check(z.regex(/^\d{1,18}$/));
const RatesSchema = z.object({
  input: Pico,
  output: Pico,
  cacheRead: z.optional(Pico),
  cacheWrite5m: z.optional(Pico),
  cacheWrite1h: z.optional(Pico),
  audioIn: z.optional(Pico),
  audioOut: z.optional(Pico),
});
const TariffSchema = z.object({
  rates: RatesSchema,
  tiers: z.optional(z.array(z.object({ above: Count, rates: RatesSchema }))),
});
const HourSchema = z.string().check(z.regex(/^([01]\d|2[0-4]):[0-5]\d$/));
const ModelPriceSchema = z.extend(TariffSchema, {
  provider: z.string(),
  model: z.string(),
  name: z.string(),
  contextWindow: z.optional(Count),
  maxOutput: z.optional(Count),
  capabilities: z.optional(z.object({ tools: z.optional(z.boolean()), vision: z.optional(z.boolean()) })),
  deprecated: z.optional(z.boolean()),
  /** All hours of a day (UTC), where the price changes with them; `rates` are then the dearest. */
  hours: z.optional(z.array(z.extend(TariffSchema, { from: HourSchema, to: HourSchema }))),
  /** Thousandths of the rates by service tier; classes in `except` keep the standard rate. */
  serviceTiers: z.optional(
    z.record(z.string(), z.object({ permille: Count, except: z.optional(z.array(z.enum(TOKEN_CLASSES))) })),
  ),
  /** Pico-USD for a call of a server-side tool. */
  calls: z.optional(z.record(z.string(), Pico)),
  source: z.enum(["policy", "catalogue", "local", "plan"]),
});
/** `GET /v1/prices` (ETag: the priceRef): integer pico-USD per token. */
export const PriceListSchema = z.object({
  priceRef: z.string(),
  /** The day of the catalogue. */
  asOf: z.string(),
  catalogue: z._default(z.enum(["bundled", "refreshed"]), "bundled"),
  models: z.array(ModelPriceSchema),
  /** For models that are not in `models`: `model` is a pattern of the policy's. */
  patterns: z.optional(z.array(ModelPriceSchema)),
});

/** More than any request has of a class. */
export const MOST_TOKENS = 10 ** 10;
const Tokens = z.int().check(z.minimum(0), z.maximum(MOST_TOKENS));

export const UsageSchema = z.object({
  input: Tokens,
  cacheRead: Tokens,
  cacheWrite5m: Tokens,
  cacheWrite1h: Tokens,
  output: Tokens,
  audioIn: Tokens,
  audioOut: Tokens,
  calls: z.optional(z.record(z.string(), Tokens)),
});
export const UsageSourceSchema = z.enum(["provider", "counted", "estimated", "uncertain"]);

/** By which way in a request came; `copilot` is one that the editor's own assistant sent. */
export const ORIGINS = ["send", "chat", "copilot"] as const;

/** One settled request, as a machine reports it. Deduplicated by `id`, and a person's by `provider` + `providerRequestId` of 16 to 200 characters. */
export const EntrySchema = z.object({
  id: z.uuid(),
  /** When its hold was made, by the machine's clock. */
  at: InstantSchema.check(z.refine((text) => text >= "1970", "before there were tokens")),
  /** Which way in it came. */
  origin: z.enum(ORIGINS),
  provider: z.string().check(z.maxLength(200)),
  model: z.string(),
  /** The work that it was for: only as far as the policy says that it leaves the machine. */
  ...WORK_FIELDS,
  serviceTier: z.optional(z.string()),
  usage: UsageSchema,
  usageSource: UsageSourceSchema,
  providerRequestId: z.optional(z.string()),
  /** The rates by which the machine computed `cost`. */
  priceRef: z.string(),
  /** USD, as the machine computed it; the endpoint prices again. */
  cost: Sum,
  /** Tokens, weighted by the policy. */
  tokens: Sum,
  /** What was held, by unit: overshoot is usage above it. */
  held: z.object({ usd: Sum, tokens: Sum }),
  /** The policy by which it was judged. */
  policyVersion: Version,
  /** Keys of the allowances it drew on. */
  allowances: z.array(z.string()),
});
export type Entry = z.infer<typeof EntrySchema>;

/** `POST /v1/advances`: opens an advance for a set of allowances of one unit. Nothing is granted yet: `sync` grants. */
export const OpenAdvanceSchema = z.strictObject({
  /** A random id of the machine and of the daemon's run that owns the advance; another owner must not use it. */
  machine: Id,
  unit: z.enum(["usd", "tokens"]),
  allowances: z.array(z.string()).check(z.minLength(1), z.maxLength(20)),
});
export type OpenAdvance = z.infer<typeof OpenAdvanceSchema>;
export const AdvanceOpenedSchema = z.object({ id: Id });

/**
 * `POST /v1/advances/{id}/sync`: the one money message. All figures are cumulative and merged by maximum, so it may be lost,
 * repeated or reordered.
 */
export const SyncSchema = z.strictObject({
  /** Who sends it: the `machine` that opened the advance. Another one is told 409. */
  machine: z.optional(Id),
  /** Rises with every message of this advance. */
  seq: Count,
  /** The highest `granted` the machine has seen. */
  granted: Sum,
  spent: Sum,
  returned: Sum,
  /** Sum of the holds that are open inside the advance. */
  open: Sum,
  /** ALL undecided requests that the advance does not cover. */
  needs: z.array(z.strictObject({ id: Id, amount: Sum })).check(z.maxLength(200)),
  /** Free money that the machine would like to have besides. */
  want: Sum,
  policyVersion: Version,
  entries: z.array(EntrySchema).check(z.maxLength(500)),
});
export type Sync = z.infer<typeof SyncSchema>;

export const RefusalSchema = z.object({
  /** The need's id. */
  id: z.string(),
  /** Which allowance it does not fit. */
  allowance: z.string(),
  remaining: DecimalSchema,
  resetsAt: InstantSchema,
});

export const SyncReplySchema = z.object({
  /** The highest seq the endpoint has merged. */
  seq: Count,
  granted: DecimalSchema,
  /** Seconds from SENDING the message during which the machine may go on admitting from the advance. 0: not at all. */
  ttl: z.number(),
  /** Free money above this goes back. */
  cap: DecimalSchema,
  /** The advance is over: settle, return, open no hold. */
  close: z.optional(z.boolean()),
  refused: z.array(RefusalSchema),
  /** Ids of the entries that are now in the ledger (also those that were there before). */
  entries: z.array(z.string()),
  /** The person's allowances after this message. */
  allowances: z.array(AllowanceSchema),
  /** The policy in force, when the message named another version: judge undecided requests again. */
  policy: z.optional(PolicyVersionSchema),
  now: InstantSchema,
});
export type SyncReply = z.infer<typeof SyncReplySchema>;

/**
 * `GET /v1/doubts` (leads): money that machines hold which have been silent for too long; and the answer of
 * `POST /v1/advances/{id}/write-off`, which sets it free.
 */
export const DoubtSchema = z.object({
  /** The advance's id. */
  id: Id,
  /** Whose machine it is; absent where the policy does not show leads single people. */
  person: z.optional(z.object({ id: Id, name: z.string() })),
  machine: Id,
  unit: z.enum(["usd", "tokens"]),
  held: DecimalSchema,
  /** Sum of the requests that were under way when the machine was last heard of. */
  open: DecimalSchema,
  /** The names of the allowances in which it is held. */
  allowances: z.array(z.string()),
  lastHeard: InstantSchema,
  /** When the last of the allowances' periods ends: by then it is free in any case. */
  endsAt: InstantSchema,
});
export type Doubt = z.infer<typeof DoubtSchema>;

/** `POST /v1/grants`: asks for more of an allowance of one's own. */
export const AskForMoreSchema = z.strictObject({
  /** Key of the allowance, as `GET /v1/me` names it. */
  allowance: z.string(),
  /** How much more, in the allowance's unit. */
  amount: Sum.check(z.refine((text) => !isDecimal(text) || parseAmount(text) !== 0n, "not an amount to ask for")),
  reason: z.string().check(z.minLength(1), z.maxLength(500)),
  /** Absent, or later than the end of the allowance's period: until that. */
  until: z.optional(InstantSchema),
  /** Not asked but taken, at once and with the reason recorded, as far as the policy's `grants.breakGlass` goes. */
  breakGlass: z.optional(z.boolean()),
});
export type AskForMore = z.infer<typeof AskForMoreSchema>;

/**
 * A request for more and what became of it: `GET /v1/grants` (a developer's own, for a lead the team's), the answer of
 * `POST /v1/grants/{id}/approve`, `/deny` (leads) and `/cancel` (who asked).
 */
export const GrantSchema = z.object({
  id: Id,
  person: z.object({ id: Id, name: z.string() }),
  allowance: z.object({ key: z.string(), name: z.string(), unit: z.enum(["usd", "tokens"]) }),
  amount: DecimalSchema,
  reason: z.string(),
  /** When it ends. */
  until: InstantSchema,
  state: z.enum(GRANT_STATES),
  /** The person took it themselves. */
  breakGlass: z.optional(z.boolean()),
  createdAt: InstantSchema,
  decidedAt: z.optional(InstantSchema),
  /** Name of who decided; absent where nobody has, or the policy itself did. */
  decidedBy: z.optional(z.string()),
});
export type Grant = z.infer<typeof GrantSchema>;

/** `GET /v1/audit` (leads): who decided what, newest first. */
export const AuditRecordSchema = z.object({
  at: InstantSchema,
  /** Name of who did it; absent: the policy by itself, or who runs the endpoint (`details.by` says so). */
  actor: z.optional(z.string()),
  action: z.enum([
    ...(["grant.ask", "grant.approve", "grant.deny", "grant.cancel", "grant.breakGlass"] as const),
    "advance.writeOff",
    ...(["policy.push", "policy.rollback", "person.add", "person.role", "token.create", "token.revoke"] as const),
  ]),
  /** Id of what it was done to. */
  subject: Id,
  details: z.record(z.string(), z.string()),
});
export type AuditRecord = z.infer<typeof AuditRecordSchema>;

/** `GET /v1/events` (SSE): `event:` is the key, `data:` the JSON. `id:` counts without gaps per team; resume with `Last-Event-ID`. */
export const EventSchemas = {
  /** Figures changed; at most once a second. The person's own view. */
  allowance: z.object({ allowances: z.array(AllowanceSchema) }),
  policy: PolicyVersionSchema,
  prices: z.object({ priceRef: z.string() }),
  /** Somebody asked for more, or it was decided: to who asked and the leads alone, so that others see a number skipped. */
  grant: GrantSchema,
  /** Recall: money above the cap goes back, or everything when closed. */
  advance: z.object({ id: Id, cap: z.optional(DecimalSchema), close: z.optional(z.boolean()) }),
  /** The missed events are gone: read `me` and `policy` again. */
  reset: z.object({}),
} as const;
export type EventName = keyof typeof EventSchemas;

/** RFC 9457. `faults` names each invalid field by JSON pointer. */
export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.optional(z.string()),
  faults: z.optional(z.array(z.object({ pointer: z.string(), detail: z.string() }))),
});
export type Problem = z.infer<typeof ProblemSchema>;
