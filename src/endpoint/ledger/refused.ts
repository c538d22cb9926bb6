/** A call that the ledger does not take, with what to do about it. */
export class Refused extends Error {
  override name = "Refused";
  readonly reason: "unknownAdvance" | "otherMachine" | "staleAllowances";
  readonly faults: { pointer: string; detail: string }[];

  constructor(reason: Refused["reason"], detail: string, faults: Refused["faults"] = []) {
    super(detail);
    this.reason = reason;
    this.faults = faults;
  }
}
