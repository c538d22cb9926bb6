import type { ModelRef } from "../../budget/modelRef.ts";
import { type ComparedModel, type Comparison, compareModels } from "../../budget/pricing/compare.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { State } from "../../protocol/daemon.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";

/** What is known of a request when it is compared at other models. */
export interface ComparedRequest extends Pick<Comparison, "kind" | "at" | "work" | "requestedOutput" | "needs"> {
  input: TokenEstimate;
}

/**
 * The same request at other models than `ref`, cheapest first. Another model may count the same text a little differently; what is
 * shown is a range anyway.
 */
export function compareOthers(
  ref: ModelRef,
  others: readonly ModelRef[],
  { input, ...request }: ComparedRequest,
  list: PriceList,
  state: State | undefined,
): ComparedModel[] {
  if (!state) return [];
  return compareModels({
    ...request,
    refs: others.filter((other) => !sameModel(other, ref)),
    list,
    countFor: () => input,
    allowances: state.allowances,
    policy: state.policy.policy,
    plans: state.plans,
    outputs: state.outputs,
  });
}
