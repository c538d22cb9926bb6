import * as z from "zod/mini";
import type { RehearsalSummary } from "../../budget/policyEdit/rehearsal.ts";
import {
  type AuditRecord,
  AuditRecordSchema,
  type Doubt,
  DoubtSchema,
  type PolicyVersion,
  PolicyVersionSchema,
  type Problem,
  ProblemSchema,
  RehearsalSchema,
} from "../../protocol/endpoint.ts";
import { type Report, ReportSchema } from "../../protocol/report.ts";
import { AdminError } from "../admin.ts";

/** A running endpoint, as a lead with a token reaches it. */
export class Remote {
  readonly #url: string;
  readonly #token: string;

  /** From `TOKEN_BUDGET_ENDPOINT` and `TOKEN_BUDGET_TOKEN`. @throws AdminError when one is missing or would send the token in the clear */
  constructor(env: NodeJS.ProcessEnv) {
    const { TOKEN_BUDGET_ENDPOINT: url, TOKEN_BUDGET_TOKEN: token } = env;
    if (!url || !token)
      throw new AdminError(
        "This goes through the running endpoint: set TOKEN_BUDGET_ENDPOINT to its URL and TOKEN_BUDGET_TOKEN to a lead's token.",
      );
    if (!isSafe(url)) throw new AdminError("TOKEN_BUDGET_ENDPOINT must be an https URL (http only on loopback).");
    this.#url = url.replace(/\/$/, "");
    this.#token = token;
  }

  async policy(): Promise<PolicyVersion> {
    return z.parse(PolicyVersionSchema, await this.#call("GET", "/v1/policy"));
  }

  /** `over` is the version that this one is made from, or `*` for whatever is in force. */
  async pushPolicy(policy: unknown, note: string, over: number | "*"): Promise<PolicyVersion> {
    const ifMatch = over === "*" ? "*" : `"${over}"`;
    return z.parse(PolicyVersionSchema, await this.#call("PUT", "/v1/policy", { policy, note }, { "if-match": ifMatch }));
  }

  /** What a policy would have done with the team's requests of the last days. */
  async rehearse(policy: unknown): Promise<RehearsalSummary> {
    return z.parse(RehearsalSchema, await this.#call("POST", "/v1/policy/rehearsal", { policy }));
  }

  /** A report by the endpoint's own query, as JSON. */
  async report(query: Record<string, string>): Promise<Report> {
    return z.parse(ReportSchema, await this.#call("GET", `/v1/report?${new URLSearchParams(query)}`));
  }

  /** Who decided what, newest first. */
  async audit(): Promise<AuditRecord[]> {
    return z.parse(z.array(AuditRecordSchema), await this.#call("GET", "/v1/audit"));
  }

  /** What machines hold that have been silent for too long. */
  async doubts(): Promise<Doubt[]> {
    return z.parse(z.array(DoubtSchema), await this.#call("GET", "/v1/doubts"));
  }

  /** Sets what a silent machine holds free. */
  async writeOff(advance: string): Promise<Doubt> {
    return z.parse(DoubtSchema, await this.#call("POST", `/v1/advances/${encodeURIComponent(advance)}/write-off`));
  }

  async #call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<unknown> {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    let response: Response;
    try {
      response = await fetch(this.#url + path, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, ...json, ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const cause = (error as Error).cause as Error | undefined;
      throw new AdminError(`No endpoint answers at ${this.#url} (${cause?.message || (error as Error).message}). Is it running?`);
    }
    const answer: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw new AdminError(sayProblem(response.status, answer));
    return answer;
  }
}

function sayProblem(status: number, answer: unknown): string {
  const parsed = z.safeParse(ProblemSchema, answer);
  if (!parsed.success) return `The endpoint answered ${status}. Is that the URL of a Token Budget endpoint?`;
  const { title, detail, faults = [] }: Problem = parsed.data;
  return [detail ?? title, ...faults.map((fault) => `  ${fault.pointer || "/"}: ${fault.detail}`)].join("\n");
}

function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}
