import { mkdirSync } from "node:fs";
import { openLedger } from "../src/daemon/ledger/open.ts";
import type { OpenRecord } from "../src/daemon/ledger/records.ts";
import type { Entry } from "../src/protocol/endpoint.ts";
import { randomFrom } from "./random.ts";

/** Where the sample's developers work, most first. */
const WORKSPACES = ["booking", "fleet-planner", "website"];

/**
 * Puts entries that the endpoint has already into the ledger of a machine that has none yet, as requests of this account from several
 * workspaces.
 */
export async function writeLedger(
  stateDirectory: string,
  account: string,
  entries: readonly Entry[],
  seed: number,
): Promise<void> {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  const random = randomFrom(seed);
  const ledger = await openLedger({ stateDirectory });
  for (const entry of entries) {
    const { usage: heldUsage, provider, model } = entry;
    const record: OpenRecord = {
      ...{ ...entry, account, heldUsage, holds: [], sent: true },
      price: { provider, model, name: model, rates: { input: "0", output: "0" }, source: "policy" },
      workspace: WORKSPACES[Math.floor(random() ** 2 * WORKSPACES.length)]!,
    };
    ledger.settle(record, entry);
  }
  ledger.close();
}
