import * as z from "zod/mini";
import type { Policy } from "./policy.ts";
import { purposeOf } from "./purposes.ts";

const Name = (longest: number) => z.optional(z.string().check(z.minLength(1), z.maxLength(longest)));

/** What work a request belongs to, each as far as it is known; bounded, because it crosses to the endpoint. */
export const WORK_FIELDS = {
  /** The repository as its remote names it (`owner/name`), else the workspace folder's name. */
  project: Name(120),
  /** Id of one of the team's purposes. */
  purpose: Name(41),
  /** The branch that is checked out. */
  branch: Name(120),
  /** The issue that the branch is for: `ABC-123`, `123`. */
  issue: Name(40),
} as const;
const WorkSchema = z.object(WORK_FIELDS);
export type Work = z.infer<typeof WorkSchema>;

/** As a database has it, where nothing is null. */
export type WorkColumns = { [Field in keyof Work]?: string | null | undefined };

const FIELDS = Object.keys(WORK_FIELDS) as (keyof Work)[];

/** The work alone of what says more besides. */
export function workOf(of: WorkColumns): Work {
  return chosen(of, () => true);
}

/** What of it the policy lets leave the machine: a purpose always, where it is one of the team's. */
export function sharedWork(work: Work, { share, purposes }: Pick<Policy, "share" | "purposes">): Work {
  return chosen(work, (field) => (field === "purpose" ? purposeOf(purposes, work.purpose) !== undefined : share[field]));
}

function chosen(work: WorkColumns, wanted: (field: keyof Work) => boolean): Work {
  return Object.fromEntries(FIELDS.flatMap((field) => (work[field] && wanted(field) ? [[field, work[field]]] : [])));
}
