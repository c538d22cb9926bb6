import type { MachineAllowance } from "../budget/allowance/allowance.ts";
import { DEFAULT_POLICY } from "../budget/policy/policy.ts";
import type { PriceList } from "../prices/rates.ts";
import type { Preferences, State } from "../protocol/daemon.ts";
import type { PolicyVersion } from "../protocol/endpoint.ts";
import type { Accounts } from "./account/accounts.ts";
import type { Assistants } from "./assistants/assistants.ts";
import type { CalibrationBook } from "./calibrationBook.ts";
import type { Clock } from "./clock.ts";
import type { GuardView } from "./guard/judging.ts";
import type { OutputBook } from "./guard/outputBook.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { OwnPrices } from "./ownPrices.ts";
import type { PersonalBook } from "./personal/personalBook.ts";
import type { PlanBook } from "./plans/planBook.ts";

/** The policy of somebody who has signed in nowhere. */
const NO_POLICY: PolicyVersion = {
  version: 0,
  author: "",
  note: "",
  createdAt: new Date(0).toISOString(),
  policy: DEFAULT_POLICY,
};

interface OutlookParts {
  ledger: Ledger;
  clock: Clock;
  accounts: Accounts;
  personal: PersonalBook;
  ownPrices: OwnPrices;
  calibrations: CalibrationBook;
  outputs: OutputBook;
  plans: PlanBook;
  assistants(): Assistants;
  preferences(): Preferences;
}

/** How things stand at a moment: for whoever is signed in by the team's word, else by the person's own. */
export class Outlook {
  readonly #parts: OutlookParts;

  constructor(parts: OutlookParts) {
    this.#parts = parts;
  }

  /** What a request is judged by, once it is known whose it is. */
  async view(): Promise<GuardView> {
    const { accounts, preferences, personal } = this.#parts;
    await accounts.known();
    const prices = await this.prices();
    const account = accounts.current;
    const refused = account?.session.status.phase === "refused";
    return {
      account: account?.key ?? "",
      now: this.now(),
      allowances: this.allowances(),
      policy: account?.figures?.policy ?? NO_POLICY,
      prices,
      plans: preferences().plans,
      book: account ? account.book : personal,
      refused: refused && account.key !== undefined ? (account.session.status.reason ?? "") : undefined,
      stranger: account !== undefined && !refused && account.key === undefined,
      missing: accounts.isMissing,
    };
  }

  /** What windows are told. */
  state(): State {
    const { ledger, clock, accounts, ownPrices, calibrations, outputs, plans, assistants, preferences } = this.#parts;
    const account = accounts.current;
    const { me, policy = NO_POLICY, prices } = account?.figures ?? {};
    const { calibration } = calibrations;
    const travel = account?.travel;
    return {
      sync: account?.session.status ?? { phase: "signedOut" },
      ...(account && me && { account: { endpoint: account.endpoint, person: me.person, team: me.team } }),
      allowances: this.allowances(),
      policy,
      priceRef: (prices ?? ownPrices.list)?.priceRef ?? "catalogue",
      pending: ledger.pending(account?.key ?? ""),
      ...(travel && { travel }),
      coverage: assistants().coverage,
      assistants: assistants().states,
      grants: account?.grants() ?? [],
      ...(calibration && { calibration }),
      outputs: outputs.norms,
      plans: preferences().plans,
      planMeters: plans.meters,
      clockSkew: Math.round(this.now() - clock.wall()),
      ...(ledger.warning !== undefined && { ledgerWarning: ledger.warning }),
    };
  }

  /** The rates in force. */
  prices(): Promise<PriceList> {
    const { figures } = this.#parts.accounts.current ?? {};
    return figures ? Promise.resolve(figures.prices) : this.#parts.ownPrices.load();
  }

  /** Those that requests draw on, as this machine sees them. */
  allowances(): MachineAllowance[] {
    return this.#parts.accounts.current?.allowances() ?? this.#parts.personal.allowances();
  }

  /** Epoch ms by the clock of whoever gives the allowances. */
  now(): number {
    return this.#parts.accounts.current?.now() ?? this.#parts.clock.wall();
  }
}
