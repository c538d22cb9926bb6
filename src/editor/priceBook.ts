import { type ExpectedOutput, expectedOutput } from "../budget/estimate/estimate.ts";
import { normFor } from "../budget/estimate/outputNorms.ts";
import type { ModelRef } from "../budget/modelRef.ts";
import { plansBeside, pricingOf } from "../budget/pricing/pricing.ts";
import type { Priced } from "../budget/verdict/verdict.ts";
import type { PriceList } from "../prices/rates.ts";
import type { DaemonClient } from "../protocol/client.ts";
import type { OpenRequest, State } from "../protocol/daemon.ts";

/** The rates in force, as the daemon has them: fetched when somebody first asks, and again when they change. */
export class PriceBook {
  private readonly client: Pick<DaemonClient, "state" | "prices">;
  private fetched: { ref: string; list: Promise<PriceList> } | undefined;

  constructor(client: Pick<DaemonClient, "state" | "prices">) {
    this.client = client;
  }

  /** @throws when the daemon cannot be reached */
  async list(): Promise<PriceList> {
    const ref = this.client.state?.priceRef ?? "";
    if (this.fetched?.ref === ref) return await this.fetched.list;
    const list = this.client.prices();
    const fetched = { ref, list };
    this.fetched = fetched;
    list.catch(() => {
      if (this.fetched === fetched) this.fetched = undefined;
    });
    return await list;
  }
}

/** What the default policy says of prices. */
const NO_PLANS = { plans: [], unknownPrice: "confirm" } as const;

/** What a request to a model is priced by, as the daemon will price it. */
export function pricedBy(list: PriceList, ref: ModelRef, state: State | undefined): Priced {
  const { policy, allowances = [], plans = [] } = state ?? {};
  return pricingOf(list, ref, policy?.policy ?? NO_PLANS, plansBeside(plans, allowances, ref));
}

/** The answer that is usual for this person, up to what the request asks for and the model gives. */
export function usualOutput(
  { price }: Priced,
  ref: ModelRef,
  kind: OpenRequest["origin"],
  state: State | undefined,
  requested?: number,
): ExpectedOutput {
  return expectedOutput({ requested, model: price.maxOutput, norm: state && normFor(state.outputs, kind, ref) });
}
