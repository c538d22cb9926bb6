import * as z from "zod/mini";
import {
  AdvanceOpenedSchema,
  AskForMoreSchema,
  AuditRecordSchema,
  DoubtSchema,
  EventSchemas,
  GrantSchema,
  MeSchema,
  OpenAdvanceSchema,
  PolicyPushSchema,
  PolicyVersionSchema,
  PriceListSchema,
  ProblemSchema,
  RehearsalRequestSchema,
  RehearsalSchema,
  SyncReplySchema,
  SyncSchema,
} from "../../protocol/endpoint.ts";
import { ReportQuerySchema, ReportSchema, StoredEntriesSchema, TeamGlanceSchema } from "../../protocol/report.ts";

type Json = Record<string, unknown>;

/** The contract as an OpenAPI 3.1 document, made from the schemas that both sides validate with. */
export function openApi(): Json {
  const policy = reply("The policy.", PolicyVersionSchema);
  return {
    openapi: "3.1.0",
    info: { title: "Token Budget endpoint", version: "1", description: "Allowances, policy, prices and advances of a team." },
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    paths: {
      "/v1/me": { get: operation("Who I am, my team, my allowances", { 200: reply("You.", MeSchema) }) },
      "/v1/policy": {
        get: operation("The policy in force", { 200: policy, 304: { description: "Unchanged." } }, [
          header("If-None-Match", false),
        ]),
        put: operation(
          "Push a policy (leads)",
          { 200: policy, ...problems(403, 412, 422, 428) },
          [header("If-Match", true)],
          PolicyPushSchema,
        ),
      },
      "/v1/policy/rehearsal": {
        post: operation(
          "Try a draft on the team's past requests (leads); changes nothing",
          { 200: reply("What it would have done.", RehearsalSchema), ...problems(403, 422) },
          [],
          RehearsalRequestSchema,
        ),
      },
      "/v1/policy/versions": {
        get: operation("The newest versions, newest first", { 200: reply("Versions.", z.array(PolicyVersionSchema)) }),
      },
      "/v1/prices": {
        get: operation("The rates in force", { 200: reply("Rates.", PriceListSchema), 304: { description: "Unchanged." } }, [
          header("If-None-Match", false),
        ]),
      },
      "/v1/events": { get: operation("Server-sent events", { 200: eventStream() }, [header("Last-Event-ID", false)]) },
      "/v1/advances": {
        post: operation(
          "Open an advance",
          { 201: reply("Opened; nothing is granted yet.", AdvanceOpenedSchema), ...problems(409, 422) },
          [header("Idempotency-Key", false)],
          OpenAdvanceSchema,
        ),
      },
      "/v1/advances/{id}/sync": {
        post: operation(
          "The one money message",
          { 200: reply("Merged.", SyncReplySchema), ...problems(404, 409, 422) },
          [PATH_ID],
          SyncSchema,
        ),
      },
      "/v1/advances/{id}/write-off": {
        post: operation(
          "Write off what a silent machine holds (leads)",
          { 200: reply("What it was.", DoubtSchema), ...problems(403, 404, 409) },
          [PATH_ID],
        ),
      },
      "/v1/doubts": {
        get: operation("What machines hold that have been silent for too long (leads)", {
          200: reply("The longest silent first.", z.array(DoubtSchema)),
          ...problems(403),
        }),
      },
      "/v1/grants": {
        post: operation(
          "Ask for more of an allowance",
          { 201: reply("Asked, or approved at once by the policy.", GrantSchema), ...problems(409, 422, 429) },
          [header("Idempotency-Key", false)],
          AskForMoreSchema,
        ),
        get: operation("My requests for more; for a lead the team's", { 200: reply("Requests.", z.array(GrantSchema)) }),
      },
      "/v1/grants/{id}/approve": { post: decision("Approve a request for more (leads)") },
      "/v1/grants/{id}/deny": { post: decision("Deny a request for more (leads)") },
      "/v1/grants/{id}/cancel": { post: decision("Take a request for more back (who asked)") },
      "/v1/report": {
        get: operation(
          "What was spent; the team's for leads, as far as the policy lets them see it, one's own for everybody else",
          { 200: reportReply(), ...problems(422) },
          Object.entries(ReportQuerySchema.shape).map(([name, schema]) => query(name, schema)),
        ),
      },
      "/v1/team": {
        get: operation("How everybody stands (leads); for a developer what leads see of them", {
          200: reply("Now.", TeamGlanceSchema),
        }),
      },
      "/v1/entries": {
        get: operation("The newest of my own entries, as they are stored", { 200: reply("Newest first.", StoredEntriesSchema) }),
      },
      "/v1/audit": {
        get: operation("Who decided what (leads)", { 200: reply("Newest first.", z.array(AuditRecordSchema)), ...problems(403) }),
      },
      "/healthz": { get: { summary: "The process is up", security: [], responses: { 200: { description: "Up." } } } },
      "/readyz": {
        get: { summary: "The store answers", security: [], responses: { 200: { description: "Ready." }, ...problems(503) } },
      },
    },
  };
}

function reportReply(): Json {
  const { description, content } = reply("The report; as CSV where that is accepted, or asked for by `format`.", ReportSchema);
  return { description, content: { ...(content as Json), "text/csv": { schema: { type: "string" } } } };
}

function query(name: string, schema: z.ZodMiniType): Json {
  return { name, in: "query", required: false, schema: schemaOf(schema, "input") };
}

const PATH_ID: Json = { name: "id", in: "path", required: true, schema: { type: "string" } };

function decision(summary: string): Json {
  return operation(summary, { 200: reply("Decided, now or before.", GrantSchema), ...problems(403, 404, 409) }, [PATH_ID]);
}

function operation(summary: string, responses: Json, parameters: Json[] = [], body?: z.ZodMiniType): Json {
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body, "input") } } } }),
    responses: { ...responses, ...problems(401) },
  };
}

function reply(description: string, schema: z.ZodMiniType): Json {
  return { description, content: { "application/json": { schema: schemaOf(schema, "output") } } };
}

function eventStream(): Json {
  const events = Object.entries(EventSchemas).map(([name, schema]) => [name, schemaOf(schema, "output")]);
  return {
    description: "`event:` names the schema of `data:`.",
    content: { "text/event-stream": { "x-events": Object.fromEntries(events) } },
  };
}

function problems(...statuses: number[]): Json {
  const content = { "application/problem+json": { schema: schemaOf(ProblemSchema, "output") } };
  return Object.fromEntries(statuses.map((status) => [status, { description: "A problem; `detail` says what to do.", content }]));
}

function header(name: string, required: boolean): Json {
  return { name, in: "header", required, schema: { type: "string" } };
}

function schemaOf(schema: z.ZodMiniType, io: "input" | "output"): unknown {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return json;
}
