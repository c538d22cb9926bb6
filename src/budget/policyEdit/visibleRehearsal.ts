import type { Policy } from "../policy/policy.ts";
import type { Visibility } from "../policy/visibility.ts";
import type { RehearsalSummary } from "./rehearsal.ts";

/** A rehearsal's result as far as leads may see what single people did: nameless, or as shares of all requests. */
export function visibleRehearsal(summary: RehearsalSummary, visibility: Visibility): RehearsalSummary {
  if (visibility === "person") return summary;
  const { days, requests, people, purposes } = summary;
  if (visibility === "pseudonym") {
    const nameless = people.map((person) => ({ ...person, name: "" }));
    const sorted = nameless.sort((a, b) => b.requests - a.requests || (a.saved < b.saved ? -1 : 1));
    return { days, requests, people: sorted, ...(purposes && { purposes }) };
  }
  const percentOf = (count: number) => (requests === 0 ? 0 : Math.round((100 * count) / requests));
  const sum = (of: (person: RehearsalSummary["people"][number]) => number) =>
    people.reduce((before, person) => before + of(person), 0);
  return {
    days,
    requests,
    people: [],
    shares: { asked: percentOf(sum(({ asked }) => asked)), blocked: percentOf(sum(({ blocked }) => blocked)) },
  };
}

/** A draft as it may be tried where people are not seen by name: with the limits of single people that are in force, or it would single them out. */
export function withoutSinglingOut(draft: Policy, inForce: Policy): Policy {
  if (inForce.visibility === "person") return draft;
  const limits = new Map(inForce.allowances.map(({ id, limitFor }) => [id, limitFor]));
  const allowances = draft.allowances.map(({ limitFor: _, ...rule }) => {
    const limitFor = limits.get(rule.id);
    return { ...rule, ...(limitFor && { limitFor }) };
  });
  return { ...draft, allowances };
}
