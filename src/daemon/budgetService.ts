import { CATALOGUE_VARIABLE } from "../protocol/catalogueHost.ts";
import type { ReadTokenFile } from "../tokens/counter.ts";
import type { Times } from "./assistants/parts.ts";
import { type Clock, systemClock } from "./clock.ts";
import { settleLeftovers } from "./guard/leftovers.ts";
import { inMemory, openLedger } from "./ledger/open.ts";
import { LocalBudget } from "./localBudget.ts";
import { type Connector, HOST_CONNECTOR } from "./network/connector.ts";
import type { BudgetService, Log } from "./service.ts";

export interface ServiceOptions {
  stateDirectory: string;
  log: Log;
  clock?: Clock;
  /** Another process has the ledger: keep out of it. */
  ledgerTaken?: boolean;
  /** How others are reached; as the host does it by default. */
  network?: Connector;
  /** Where newer prices are got from, an address or `off`; the environment's choice by default. */
  catalogue?: string | undefined;
  /** What counting needs; without it prompts are guessed by their length. */
  readTokenFile?: ReadTokenFile;
  /** How long assistants' turns are waited for. */
  turnTimes?: Partial<Times>;
}

/** Opens the ledger, closes what a daemon that died left open, and serves. */
export async function createBudgetService({
  stateDirectory,
  log,
  clock = systemClock(),
  ledgerTaken = false,
  network = HOST_CONNECTOR,
  catalogue = process.env[CATALOGUE_VARIABLE],
  ...more
}: ServiceOptions): Promise<BudgetService> {
  const ledger = ledgerTaken
    ? inMemory("Another Token Budget on this machine has the ledger.")
    : await openLedger({ stateDirectory, wall: clock.wall });
  if (ledger.warning) log(ledger.warning);
  const { uncertain, released, turns } = settleLeftovers(ledger);
  if (uncertain + released > 0) log(`left open by an earlier run: ${uncertain} charged as uncertain, ${released} released`);
  return new LocalBudget({ ledger, clock, log, catalogue, network, stateDirectory, turns, ...more });
}
