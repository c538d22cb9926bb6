import type { ModelRef } from "../../budget/modelRef.ts";
import type { Work } from "../../budget/policy/work.ts";
import { type ComparedModel, compareModels } from "../../budget/pricing/compare.ts";
import { sameModel } from "../../budget/verdict/verdict.ts";
import { type LocalModel, localPrice } from "../../prices/localModels.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { State } from "../../protocol/daemon.ts";
import { inputOfParts, needsOfParts, type PreviewPart } from "./part.ts";

/** What the figures of a preview follow from. */
export interface PreviewInput {
  parts: readonly PreviewPart[];
  /** The models to compare. */
  refs: readonly ModelRef[];
  /** Those that were found on this machine. */
  local: readonly LocalModel[];
  /** The one that is looked at more closely; the cheapest where it has no known price. */
  chosen: ModelRef;
  list: PriceList;
  state: State;
  /** Epoch ms, by the endpoint's clock. */
  at: number;
  work: Work;
}

export interface Figures {
  compared: ComparedModel[];
  /** Undefined only where nothing is compared. */
  chosen: ComparedModel | undefined;
  /** Models of which no price is known. */
  unpriced: ModelRef[];
}

/** The same request at every model, and which of them is looked at more closely. */
export function previewFigures({ parts, refs, local, chosen, list, state, at, work }: PreviewInput): Figures {
  const all = [...refs, ...local];
  const compared = compareModels({
    ...{ refs: all, list, ownPrices: local.map(localPrice), kind: "send" },
    countFor: ({ model }) => inputOfParts(parts, model, state.calibration),
    ...{ at, work, allowances: state.allowances },
    policy: state.policy.policy,
    plans: state.plans,
    outputs: state.outputs,
    needs: needsOfParts(parts),
  });
  const isCompared = (ref: ModelRef) => compared.some((one) => sameModel(one.ref, ref));
  return {
    compared,
    chosen: compared.find(({ ref }) => sameModel(ref, chosen)) ?? compared.find(({ cheapest }) => cheapest) ?? compared[0],
    unpriced: refs.filter((ref, index) => !isCompared(ref) && refs.findIndex((one) => sameModel(one, ref)) === index),
  };
}
