import type { ReportDimension, ReportRow } from "../../../protocol/report.ts";
import { addUp, type Part, toWire } from "./sums.ts";

/** One row for what has all values of the dimensions in common: days in their order, all else with the dearest first. */
export function rowsOf(parts: readonly Part[], groupBy: readonly ReportDimension[], isOfSeveral: boolean): ReportRow[] {
  const by = ({ values }: Part) => Object.fromEntries(groupBy.map((dimension) => [dimension, values[dimension]]));
  const groups = Map.groupBy(parts, (part) => JSON.stringify(Object.values(by(part))));
  const rows = [...groups.values()].map((group) => ({ by: by(group[0]!), sum: addUp(group.map(({ sum }) => sum)) }));
  const isByDay = groupBy[0] === "day" && groupBy.length === 1;
  rows.sort((a, b) => {
    if (!isByDay && a.sum.cost !== b.sum.cost) return a.sum.cost < b.sum.cost ? 1 : -1;
    return JSON.stringify(a.by) < JSON.stringify(b.by) ? -1 : 1;
  });
  return rows.map(({ by, sum }) => ({ by, ...toWire(sum, isOfSeveral) }));
}
