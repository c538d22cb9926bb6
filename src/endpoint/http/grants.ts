import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GrantDecision } from "../../budget/allowance/grant.ts";
import { AskForMoreSchema, type Grant } from "../../protocol/endpoint.ts";
import { auditOf } from "../ledger/audit.ts";
import type { Grants } from "../ledger/grants.ts";
import { findTeam } from "../ledger/policies.ts";
import type { Webhook } from "../webhook.ts";
import { once } from "./idempotency.ts";
import { read } from "./problem.ts";
import { leadIn, type Parts, signedIn } from "./routes.ts";

export interface GrantParts extends Parts {
  grants: Grants;
  /** Told of requests that wait for a lead, and of what people took themselves. */
  webhook: Webhook | undefined;
}

/** Ask for more: people ask, leads decide, and what was decided can be read. */
export function addGrantRoutes(app: FastifyInstance, parts: GrantParts): void {
  app.post("/v1/grants", (request, reply) => ask(request, reply, parts));
  app.get("/v1/grants", async (request) => parts.grants.list(parts.store, await signedIn(request, parts)));
  for (const decision of ["approve", "deny", "cancel"] as const)
    app.post(`/v1/grants/:id/${decision}`, (request) => decide(request, decision, parts));
  app.get("/v1/audit", async (request) => {
    const { teamId } = await leadIn(request, parts, "Only a lead may read what was decided.");
    return auditOf(parts.store, teamId);
  });
}

async function ask(request: FastifyRequest, reply: FastifyReply, parts: GrantParts) {
  const principal = await signedIn(request, parts);
  const body = read(AskForMoreSchema, request.body);
  const key = request.headers["idempotency-key"];
  const call = { principal: principal.tokenId, route: "POST /v1/grants", key: typeof key === "string" ? key : undefined, body };
  let asked: Grant | undefined; // not by a repetition
  const answer = await once(parts.store, call, parts.clock(), async (sql) => {
    asked = await parts.grants.ask(sql, principal, body);
    return { status: 201, body: asked };
  });
  if (asked) parts.hub.eventsAppended(principal.teamId);
  if (asked?.state === "requested" || asked?.breakGlass)
    parts.webhook?.tell(asked, (await findTeam(parts.store, principal.teamId)).name);
  return reply.code(answer.status).send(answer.body);
}

async function decide(request: FastifyRequest, decision: GrantDecision, parts: GrantParts): Promise<Grant> {
  const principal = await signedIn(request, parts);
  const { id } = request.params as { id: string };
  const grant = await parts.store.transaction((sql) => parts.grants.decide(sql, principal, id, decision));
  parts.hub.eventsAppended(principal.teamId);
  return grant;
}
