import { planName, planUsed } from "../../budget/plan/planMeterText.ts";
import { type PlanMeter, planFiguresAt } from "../../budget/plan/planWindow.ts";
import { bar, percent } from "../../budget/share.ts";
import { type Reader, say } from "../words.ts";
import { resetsIn } from "./time.ts";

/** A flat-rate plan's window in the words and bars of the hover and the list. */
export interface PlanMeterText {
  name: string;
  /** Absent where the plan does not say what its window holds. */
  bar?: string;
  percent?: string;
  used: string;
  /** Absent while no window runs: the next request begins one. */
  reset?: string;
}

export function planMeterText(meter: PlanMeter, reader: Reader): PlanMeterText {
  const figures = planFiguresAt(meter, reader.now);
  const { share, resetsAt } = figures;
  return {
    name: say(reader.t, planName(meter)),
    ...(share !== undefined && { bar: bar(share), percent: percent(share) }),
    used: say(reader.t, planUsed(meter, figures)),
    ...(resetsAt !== undefined && { reset: resetsIn(resetsAt, reader) }),
  };
}
