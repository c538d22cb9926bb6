import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import * as z from "zod/mini";
import { pointerOf } from "../../budget/policyEdit/json.ts";
import type { Problem } from "../../protocol/endpoint.ts";
import { Refused, STATUS } from "../ledger/refused.ts";

/** An answer that is no success: an RFC 9457 problem document whose `detail` says what to do. */
export class ProblemError extends Error {
  override name = "ProblemError";
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly faults: Problem["faults"];

  constructor(
    status: number,
    detail: string,
    more: { headers?: Record<string, string>; faults?: NonNullable<Problem["faults"]> } = {},
  ) {
    super(detail);
    this.status = status;
    this.headers = more.headers ?? {};
    this.faults = more.faults;
  }
}

const TITLES: Record<number, string> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  412: "Stale version",
  413: "Too large",
  415: "Not JSON",
  422: "Invalid",
  428: "Version needed",
  429: "Too many",
  500: "Internal error",
  503: "Not ready",
};

/** Reads `value` by a schema. @throws ProblemError 422 with a JSON pointer per fault */
export function read<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap(faultsOf);
  throw new ProblemError(422, `${faults.length === 1 ? "One field is" : `${faults.length} fields are`} not valid; see faults.`, {
    faults,
  });
}

type Issue = z.core.$ZodIssue;

function faultsOf(issue: Issue): { pointer: string; detail: string }[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), detail: "unknown field" }));
  return [{ pointer: pointerOf(path), detail: issue.message }];
}

/** Answers an error. Only what is unexpected goes to the log, and never with a body or a token. */
export function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  log: (line: string) => void,
): void {
  const problem = problemOf(error);
  if (problem.status >= 500) log(`${request.method} ${request.routeOptions.url ?? "?"}: ${error.stack ?? error.message}`);
  reply.headers(problem.headers);
  sendProblem(reply, problem.status, problem.message, problem.faults);
}

export function sendProblem(reply: FastifyReply, status: number, detail: string, faults?: Problem["faults"]): void {
  const body: Problem = { type: "about:blank", title: TITLES[status] ?? "Error", status, detail, ...(faults && { faults }) };
  reply.code(status).header("content-type", "application/problem+json").send(JSON.stringify(body));
}

function problemOf(error: FastifyError): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof Refused)
    return new ProblemError(STATUS[error.reason], error.message, error.faults.length > 0 ? { faults: error.faults } : {});
  const status = error.statusCode ?? 500;
  if (status === 413) return new ProblemError(413, "The body is too large. Send fewer entries at once.");
  if (status === 415) return new ProblemError(415, "Send JSON, with content-type: application/json.");
  if (status < 500) return new ProblemError(status, error.message);
  return new ProblemError(500, "Something went wrong here; it is in the server's log. Try again later.");
}
