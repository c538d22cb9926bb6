import type { Row } from "../../scripts/bench/row.ts";
import { throughput } from "./money/throughput.ts";

/** The money: how many messages an endpoint merges, and how few there are. */
export async function bench(): Promise<Row[]> {
  return [...(await throughput())];
}
