import type { Row } from "../../scripts/bench/row.ts";
import { holding } from "./money/holding.ts";
import { shares } from "./money/shares.ts";
import { throughput } from "./money/throughput.ts";

/** The money: how many messages an endpoint merges, how few there are, and how long setting money aside takes. */
export async function bench(): Promise<Row[]> {
  return [...(await throughput()), ...(await holding()), ...shares()];
}
