import { compareModels } from "../../budget/compare.ts";
import { type ModelRef, sameModel } from "../../budget/verdict.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { State } from "../../protocol/daemon.ts";
import type { TokenEstimate } from "../../tokens/estimate.ts";
import { pricedModels } from "../priceBook.ts";
import type { Alternative } from "./guard.ts";

/**
 * The same request to other models, cheapest first: only models whose price is known, that it fits and the policy does not refuse.
 * Another model may count the same text a little differently; what is shown is a range anyway.
 */
export function alternativesTo(
  ref: ModelRef,
  others: readonly ModelRef[],
  request: { input: TokenEstimate; requestedOutput?: number | undefined },
  list: PriceList,
  state: State,
): Alternative[] {
  const models = pricedModels(
    list,
    others.filter((other) => !sameModel(other, ref)),
  );
  const compared = compareModels({
    models,
    countFor: () => request.input,
    allowances: state.allowances,
    policy: state.policy.policy,
    requestedOutput: request.requestedOutput,
  });
  return compared
    .filter(({ fits, verdict }) => fits && verdict.decision !== "block")
    .map(({ ref, name, estimate, cost, verdict }) => {
      const reasons = verdict.reasons.map(({ code }) => code);
      return { ref, name, estimate, cost: cost.high, reasons };
    });
}
