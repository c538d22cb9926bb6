/** Why, and the HTTP status that says so. */
export const STATUS = {
  unknownAdvance: 404,
  otherMachine: 409,
  staleAllowances: 422,
  noDoubt: 409,
  unknownGrant: 404,
  notYours: 403,
  decidedGrant: 409,
  invalidGrant: 422,
  tooManyGrants: 429,
  tooFine: 422,
} as const;

/** A call that the ledger does not take, with what to do about it. */
export class Refused extends Error {
  override name = "Refused";
  readonly reason: keyof typeof STATUS;
  readonly faults: { pointer: string; detail: string }[];

  constructor(reason: Refused["reason"], detail: string, faults: Refused["faults"] = []) {
    super(detail);
    this.reason = reason;
    this.faults = faults;
  }
}
