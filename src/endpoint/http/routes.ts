import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { visibleRehearsal, withoutSinglingOut } from "../../budget/policyEdit/visibleRehearsal.ts";
import type { Me, PolicyVersion } from "../../protocol/endpoint.ts";
import { OpenAdvanceSchema, PolicyPushSchema, RehearsalRequestSchema, SyncSchema } from "../../protocol/endpoint.ts";
import type { Advances } from "../ledger/advances.ts";
import { type Caller, type Callers, findPrincipal, type Principal } from "../ledger/people.ts";
import { findTeam, type Policies, type Team } from "../ledger/policies.ts";
import { pushPolicy } from "../ledger/push.ts";
import { rehearse } from "../ledger/rehearse.ts";
import type { Store } from "../store/store.ts";
import type { Hub } from "./hub.ts";
import { once } from "./idempotency.ts";
import { openApi } from "./openapi.ts";
import { ProblemError, read } from "./problem.ts";
import { EventStream } from "./stream.ts";

export interface Parts {
  store: Store;
  policies: Policies;
  advances: Advances;
  callers: Callers;
  hub: Hub;
  clock: () => number;
}

/** Every route of version 1. */
export function addRoutes(app: FastifyInstance, parts: Parts): void {
  app.get("/healthz", async () => ({ status: "up" }));
  app.get("/readyz", () => ready(parts));
  app.get("/openapi.json", async () => openApi());
  app.get("/v1/me", (request) => me(request, parts));
  app.get("/v1/policy", (request, reply) => getPolicy(request, reply, parts));
  app.put("/v1/policy", (request, reply) => putPolicy(request, reply, parts));
  app.post("/v1/policy/rehearsal", (request) => rehearsePolicy(request, parts));
  app.get("/v1/policy/versions", async (request) => {
    const { teamId } = await signedIn(request, parts);
    return parts.policies.history(parts.store, await findTeam(parts.store, teamId));
  });
  app.get("/v1/prices", (request, reply) => getPrices(request, reply, parts));
  app.get("/v1/events", (request, reply) => events(request, reply, parts));
  app.post("/v1/advances", (request, reply) => openAdvance(request, reply, parts));
  app.post("/v1/advances/:id/sync", (request) => syncAdvance(request, parts));
}

async function ready({ store }: Parts) {
  try {
    await store.query("select 1");
    return { status: "ready" };
  } catch {
    throw new ProblemError(503, "The database does not answer.");
  }
}

/** Who calls. @throws ProblemError 401, also for a revoked token */
export async function signedIn(request: FastifyRequest, { store }: Parts): Promise<Principal> {
  const token = tokenOf(request);
  const principal = token === undefined ? undefined : await findPrincipal(store, token);
  if (!principal) throw unknownToken();
  if (principal.reportOnly) throw unauthorized("This token was revoked. Ask your team lead for a new one.");
  return principal;
}

/** Whose message it is, be their token revoked. @throws ProblemError 401 */
async function callerOf(request: FastifyRequest, { store, callers }: Parts): Promise<Caller> {
  const token = tokenOf(request);
  const caller = token === undefined ? undefined : await callers.find(store, token);
  if (!caller) throw unknownToken();
  return caller;
}

function tokenOf(request: FastifyRequest): string | undefined {
  return /^Bearer (tb_[\w-]{20,100})$/.exec(request.headers.authorization ?? "")?.[1];
}

function unknownToken(): ProblemError {
  return unauthorized("Send a token of this endpoint: authorization: Bearer tb_…. Your team lead can make one.");
}

function unauthorized(detail: string): ProblemError {
  return new ProblemError(401, detail, { headers: { "www-authenticate": 'Bearer realm="token-budget"' } });
}

async function me(request: FastifyRequest, parts: Parts): Promise<Me> {
  const principal = await signedIn(request, parts);
  const { team, policy, now, allowances } = await parts.advances.allowances(principal.teamId, [principal.person]);
  return {
    person: principal.person,
    team: { id: team.id, name: team.name, timeZone: policy.policy.timeZone },
    allowances: allowances[0]!,
    policyVersion: policy.version,
    priceRef: parts.policies.prices(policy.policy, now).priceRef,
    now: new Date(now).toISOString(),
  };
}

async function currentPolicy(request: FastifyRequest, parts: Parts): Promise<PolicyVersion> {
  const { teamId } = await signedIn(request, parts);
  return parts.policies.current(parts.store, await findTeam(parts.store, teamId));
}

async function getPolicy(request: FastifyRequest, reply: FastifyReply, parts: Parts) {
  const policy = await currentPolicy(request, parts);
  return tagged(request, reply, String(policy.version), policy);
}

async function getPrices(request: FastifyRequest, reply: FastifyReply, parts: Parts) {
  const { policy } = await currentPolicy(request, parts);
  const prices = parts.policies.prices(policy, parts.clock());
  return tagged(request, reply, prices.priceRef, prices);
}

/** Sends a body under its tag, or 304 to who has it. */
function tagged(request: FastifyRequest, reply: FastifyReply, tag: string, body: unknown) {
  reply.header("etag", `"${tag}"`).header("cache-control", "private, no-cache");
  if (names(request.headers["if-none-match"], tag)) return reply.code(304).send();
  return body;
}

/** Whether a header of entity tags names this one. */
function names(header: string | undefined, tag: string): boolean {
  return (header ?? "").split(",").some((part) => [`"${tag}"`, `W/"${tag}"`, "*"].includes(part.trim()));
}

async function putPolicy(request: FastifyRequest, reply: FastifyReply, parts: Parts) {
  const { person, teamId } = await leadIn(request, parts, "Only a lead may change the policy.");
  const { store, policies, clock } = parts;
  const match = request.headers["if-match"];
  if (match === undefined)
    throw new ProblemError(428, 'Say which version you change: If-Match: "<version>", as GET /v1/policy names it in its ETag.');
  const pushed = await store.transaction(async (sql) => {
    const team = await findTeam(sql, teamId, "update");
    const { policy, note } = read(PolicyPushSchema, withTimeZone(request.body, team));
    if (!names(match, String(team.policyVersion)))
      throw new ProblemError(
        412,
        `The policy is at version ${team.policyVersion} now. Read it, apply your change to it, and push again.`,
        {
          headers: { etag: `"${team.policyVersion}"` },
        },
      );
    return pushPolicy(sql, policies, team, { policy, author: person.name, actor: person.id, note }, clock());
  });
  parts.hub.eventsAppended(teamId);
  await parts.advances.recallAfterPush(teamId);
  reply.header("etag", `"${pushed.version}"`);
  return pushed;
}

async function rehearsePolicy(request: FastifyRequest, parts: Parts) {
  const { teamId } = await leadIn(request, parts, "Only a lead may try a policy on the team's requests.");
  const { store, policies, clock } = parts;
  const team = await findTeam(store, teamId);
  const draft = read(RehearsalRequestSchema, withTimeZone(request.body, team)).policy;
  const { policy } = await policies.current(store, team);
  const summary = await rehearse(store, policies, teamId, withoutSinglingOut(draft, policy), clock());
  return visibleRehearsal(summary, policy.visibility);
}

/** A lead who calls. @throws ProblemError 401; 403 with `refusal` for anybody else in the team */
export async function leadIn(request: FastifyRequest, parts: Parts, refusal: string): Promise<Principal> {
  const principal = await signedIn(request, parts);
  if (principal.person.role !== "lead") throw new ProblemError(403, refusal);
  return principal;
}

/** A policy that names no time zone means the team's. */
function withTimeZone(body: unknown, { timeZone }: Team): unknown {
  const policy = (body as { policy?: unknown } | null)?.policy;
  if (!policy || typeof policy !== "object" || Array.isArray(policy)) return body;
  return { ...(body as object), policy: { timeZone, ...policy } };
}

async function events(request: FastifyRequest, reply: FastifyReply, parts: Parts): Promise<void> {
  const principal = await signedIn(request, parts);
  const header = request.headers["last-event-id"];
  const lastSeen = typeof header === "string" && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
  reply.hijack();
  await parts.hub.serve(new EventStream(reply.raw), principal, lastSeen);
}

async function openAdvance(request: FastifyRequest, reply: FastifyReply, parts: Parts) {
  const principal = await signedIn(request, parts);
  const body = read(OpenAdvanceSchema, request.body);
  const key = request.headers["idempotency-key"];
  const call = { principal: principal.tokenId, route: "POST /v1/advances", key: typeof key === "string" ? key : undefined, body };
  const answer = await parts.advances.open(principal, body, (open) =>
    once(parts.store, call, parts.clock(), async (sql) => ({ status: 201, body: { id: await open(sql) } })),
  );
  return reply.code(answer.status).send(answer.body);
}

async function syncAdvance(request: FastifyRequest, parts: Parts) {
  const caller = await callerOf(request, parts);
  const { id } = request.params as { id: string };
  const reply = await parts.advances.sync({ caller, advance: id, message: read(SyncSchema, request.body) });
  parts.hub.figuresChanged(caller.teamId);
  return reply;
}
