import { grantStateAt } from "../../budget/allowance/grant.ts";
import type { Grant, Person } from "../../protocol/endpoint.ts";

/** A decision is news to the person for so long (ms). */
const NEWS = 24 * 3_600_000;

/** What an endpoint has told of requests for more. */
export class GrantBook {
  readonly #grants = new Map<string, Grant>();

  /** A decision is final: news of before it, which came late, changes nothing. */
  hear(...grants: Grant[]): void {
    for (const grant of grants)
      if (this.#grants.get(grant.id)?.decidedAt === undefined || grant.decidedAt !== undefined) this.#grants.set(grant.id, grant);
  }

  /** What concerns a person at an instant (epoch ms), the newest first: their own that are open or lately decided; for a lead, what waits, and what others lately took themselves. */
  of({ id, role }: Person, now: number): Grant[] {
    return [...this.#grants.values()]
      .map((grant) => ({ ...grant, state: grantStateAt(grant.state, Date.parse(grant.until), now) }))
      .filter((grant) => (grant.person.id === id ? isRecent(grant, now) : role === "lead" && isForLeads(grant, now)))
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }
}

function isForLeads({ state, breakGlass, createdAt }: Grant, now: number): boolean {
  return state === "requested" || (breakGlass === true && now - Date.parse(createdAt) < NEWS);
}

function isRecent({ state, decidedAt, until }: Grant, now: number): boolean {
  return state === "requested" || state === "approved" || now - Date.parse(decidedAt ?? until) < NEWS;
}
