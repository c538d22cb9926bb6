import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod/mini";
import { DayFinder, daysFrom } from "../../budget/period/calendarDay.ts";
import {
  LONGEST_REPORT,
  REPORT_DIMENSIONS,
  type Report,
  type ReportQuery,
  ReportQuerySchema,
  type TeamGlance,
} from "../../protocol/report.ts";
import { reportCsv } from "../../protocol/reportCsv.ts";
import { findTeam } from "../ledger/policies.ts";
import { glanceOf, peopleOf } from "../ledger/report/glance.ts";
import { ownEntries } from "../ledger/report/ownEntries.ts";
import { reportOf } from "../ledger/report/report.ts";
import { ProblemError, read } from "./problem.ts";
import { type Parts, signedIn } from "./routes.ts";

/** What was spent, and how everybody stands: for leads as far as the policy lets them see it, for everybody their own. */
export function addReportRoutes(app: FastifyInstance, parts: Parts): void {
  app.get("/v1/report", (request, reply) => report(request, reply, parts));
  app.get("/v1/team", (request) => glance(request, parts));
  app.get("/v1/entries", async (request) => {
    const { teamId, person } = await signedIn(request, parts);
    return ownEntries(parts.store, teamId, person.id);
  });
}

async function report(request: FastifyRequest, reply: FastifyReply, parts: Parts) {
  const { teamId, person } = await signedIn(request, parts);
  const query = read(ReportQuerySchema, request.query);
  const team = await findTeam(parts.store, teamId);
  const { policy } = await parts.policies.current(parts.store, team);
  const now = parts.clock();
  const isOwn = person.role !== "lead" || query.whose === "me";
  const answer = await reportOf(parts.store, {
    ...{ team, policy, now, groupBy: dimensionsIn(query) },
    ...daysIn(query, new DayFinder(policy.timeZone).dayOf(now)),
    person: isOwn ? person.id : undefined,
  });
  reply.header("cache-control", "private, no-store").header("vary", "accept");
  if (!wantsCsv(query, request.headers.accept)) return answer;
  return reply
    .header("content-type", "text/csv; charset=utf-8; header=present")
    .header("content-disposition", `attachment; filename="${fileName(answer)}"`)
    .send(reportCsv(answer));
}

async function glance(request: FastifyRequest, parts: Parts): Promise<TeamGlance> {
  const principal = await signedIn(request, parts);
  const people = await peopleOf(parts.store, principal.teamId);
  return glanceOf(parts.store, principal, people, await parts.advances.allowances(principal.teamId, people));
}

const GroupBySchema = z.array(z.enum(REPORT_DIMENSIONS)).check(z.maxLength(REPORT_DIMENSIONS.length));

function dimensionsIn({ groupBy = "" }: ReportQuery) {
  const names = groupBy.split(",").filter((name) => name !== "");
  return [...new Set(read(z.object({ groupBy: GroupBySchema }), { groupBy: names }).groupBy)];
}

/** @throws ProblemError 422 where the days are none, or too many */
function daysIn(query: ReportQuery, today: string): { from: string; to: string } {
  const { to = today } = query;
  const { from = `${to.slice(0, 7)}-01` } = query;
  const fault = (detail: string) => new ProblemError(422, detail, { faults: [{ pointer: "/from", detail }] });
  if (from > to) throw fault("`from` is after `to`.");
  if (daysFrom(from, to) >= LONGEST_REPORT) throw fault(`A report is of at most ${LONGEST_REPORT} days.`);
  return { from, to };
}

function wantsCsv({ format }: ReportQuery, accept = ""): boolean {
  return format === undefined ? accept.split(",").some((type) => type.trim().startsWith("text/csv")) : format === "csv";
}

function fileName({ from, to, groupBy }: Report): string {
  return ["token-budget", ...groupBy, from, to].join("-").concat(".csv");
}
