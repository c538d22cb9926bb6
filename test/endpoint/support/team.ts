import { randomUUID } from "node:crypto";
import { formatAmount } from "../../../src/budget/money.ts";
import { PolicySchema } from "../../../src/budget/policy/policy.ts";
import { Admin } from "../../../src/endpoint/admin.ts";
import { createEndpoint, type Endpoint, type EndpointOptions } from "../../../src/endpoint/endpoint.ts";
import type { Store } from "../../../src/endpoint/store/store.ts";
import type { Entry, Me, Person, Sync, SyncReply } from "../../../src/protocol/endpoint.ts";

/** A Tuesday, in the middle of everything. */
export const NOON = Date.parse("2026-11-24T12:00:00Z");

export interface Member extends Person {
  token: string;
}

export interface TestTeam {
  id: string;
  url: string;
  endpoint: Endpoint;
  admin: Admin;
  lead: Member;
  dev: Member;
  /** The endpoint's clock (epoch ms), to be set. */
  clock: { now: number };
  /** Lines for the operator. */
  log: string[];
  join(role?: Person["role"]): Promise<Member>;
  pushPolicy(policy: unknown): Promise<void>;
  close(): Promise<void>;
}

const USD_POLICY = {
  allowances: [
    { id: "month", name: "Month", limit: "60" },
    { id: "pool", name: "Pool", per: "team", limit: "400" },
  ],
  prices: [{ model: "test/one", input: "1", output: "10" }],
};

/** A new team with a lead, a developer and an endpoint of its own over the store. */
export async function startTeam(
  store: Store,
  policy: unknown = USD_POLICY,
  options: Pick<EndpointOptions, "hotRows"> = {},
): Promise<TestTeam> {
  const clock = { now: NOON };
  const read = () => clock.now;
  const admin = await Admin.over(store, read);
  const { id } = await admin.createTeam({ name: `Team ${randomUUID()}`, timeZone: "Europe/Copenhagen" });
  const log: string[] = [];
  const endpoint = await createEndpoint({ store, clock: read, log: (line) => log.push(line), ...options });
  const join = async (role: Person["role"] = "developer"): Promise<Member> => {
    const person = await admin.addPerson({ team: id, name: `A ${role}`, email: `${randomUUID()}@example.com`, role });
    return { ...person, token: (await admin.createToken(person.id)).token };
  };
  const pushPolicy = async (next: unknown) => {
    await admin.pushPolicy(id, PolicySchema.parse({ timeZone: "Europe/Copenhagen", ...(next as object) }), { author: "A lead" });
  };
  await pushPolicy(policy);
  return {
    id,
    url: await endpoint.listen(),
    endpoint,
    admin,
    lead: await join("lead"),
    dev: await join(),
    clock,
    log,
    join,
    pushPolicy,
    close: () => endpoint.close(),
  };
}

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

/** A call over real HTTP. */
export async function call<Body>(
  url: string,
  token: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as Body };
}

/** One machine of a member, as bare messages. */
export interface TestMachine {
  advance: string;
  keys: string[];
  sync(message: Partial<Sync>): Promise<Answer<SyncReply>>;
}

/** Opens an advance for all of a member's allowances of a unit. */
export async function startMachine(url: string, member: Member, unit: "usd" | "tokens" = "usd"): Promise<TestMachine> {
  const me = await call<Me>(url, member.token, "GET", "/v1/me");
  const keys = me.body.allowances.filter((allowance) => allowance.unit === unit).map(({ key }) => key);
  const opened = await call<{ id: string }>(url, member.token, "POST", "/v1/advances", {
    machine: randomUUID(),
    unit,
    allowances: keys,
  });
  if (opened.status !== 201) throw new Error(`not opened: ${JSON.stringify(opened.body)}`);
  const advance = opened.body.id;
  return { advance, keys, sync: (message) => call(url, member.token, "POST", `/v1/advances/${advance}/sync`, syncOf(message)) };
}

/** A message in which nothing is said but what is given. */
export function syncOf(part: Partial<Sync>): Sync {
  const nothing = {
    seq: 1,
    granted: "0",
    spent: "0",
    returned: "0",
    open: "0",
    needs: [],
    want: "0",
    policyVersion: 1,
    entries: [],
  };
  return { ...nothing, ...part };
}

/** A settled request to the model `test/one`: $1 per million tokens in, $10 out. Its cost is right unless given. */
export function entryOf(part: Partial<Entry> & { input?: number; output?: number } = {}): Entry {
  const { input = 100_000, output = 0, ...rest } = part;
  const cost = formatAmount(BigInt(input) * 1_000n + BigInt(output) * 10_000n);
  return {
    id: randomUUID(),
    at: new Date(NOON).toISOString(),
    origin: "send",
    provider: "test",
    model: "one",
    usage: { input, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output, audioIn: 0, audioOut: 0 },
    usageSource: "provider",
    priceRef: "whatever",
    cost,
    tokens: String(input + output),
    held: { usd: cost, tokens: String(input + output) },
    policyVersion: 1,
    allowances: [],
    ...rest,
  };
}

/** Spend and held of a member's allowance, as `me` tells them. */
export async function figuresOf(
  url: string,
  member: Member,
  rule: string,
): Promise<{ spend: string; held: string; limit: string }> {
  const me = await call<Me>(url, member.token, "GET", "/v1/me");
  const { spend, held, limit } = me.body.allowances.find(({ id }) => id === rule)!;
  return { spend, held, limit };
}
