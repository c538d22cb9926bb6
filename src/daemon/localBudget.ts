import { DEFAULT_POLICY } from "../budget/policy/policy.ts";
import type { PriceList } from "../prices/rates.ts";
import type { HookAnswer, HookCall, Telemetry } from "../protocol/assistants.ts";
import type {
  History,
  OpenReply,
  OpenRequest,
  Preferences,
  Settled,
  Settlement,
  State,
  SyncStatus,
  Upload,
  Verification,
} from "../protocol/daemon.ts";
import type { Network } from "../protocol/network.ts";
import type { ReadTokenFile } from "../tokens/counter.ts";
import type { Account } from "./account/account.ts";
import { Accounts } from "./account/accounts.ts";
import { SignedInCalls } from "./account/signedInCalls.ts";
import { Assistants } from "./assistants/assistants.ts";
import { NO_WINDOWS, type Times } from "./assistants/parts.ts";
import { PromptCount } from "./assistants/promptCount.ts";
import { CalibrationBook } from "./calibrationBook.ts";
import type { Clock } from "./clock.ts";
import { glanceText } from "./glance.ts";
import { Guard } from "./guard/guard.ts";
import type { LeftTurn } from "./guard/leftovers.ts";
import { OutputBook } from "./guard/outputBook.ts";
import { Heartbeat } from "./heartbeat.ts";
import { HistoryBook } from "./history/history.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { checkedNetwork } from "./network/checked.ts";
import type { Connector } from "./network/connector.ts";
import { Outlook } from "./outlook.ts";
import { OwnPrices } from "./ownPrices.ts";
import { PeriodEnd } from "./periodEnd.ts";
import { PersonalBook } from "./personal/personalBook.ts";
import { PlanBook } from "./plans/planBook.ts";
import { checkedPreferences, PREFERENCES, savedPreferences } from "./preferences.ts";
import type { AskWindow, BudgetService, Log, WindowsKnow } from "./service.ts";
import { Sums } from "./sums.ts";
import { checkedBase } from "./sync/endpointClient.ts";

/** By so much (ms) the clocks drift apart only when one is set. */
const CLOCK_SET = 1_000;

export interface LocalBudgetOptions {
  stateDirectory: string;
  /** What counting needs; without it prompts are guessed by their length. */
  readTokenFile?: ReadTokenFile;
  /** How long assistants' turns are waited for. */
  turnTimes?: Partial<Times>;
  /** Turns of assistants that were open when the last daemon died. */
  turns: LeftTurn[];
  ledger: Ledger;
  clock: Clock;
  log: Log;
  network: Connector;
  catalogue: string | undefined;
}

/** The service over one ledger: wires its parts, and answers from them. */
export class LocalBudget extends SignedInCalls implements BudgetService {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #network: Connector;
  readonly #guard: Guard;
  readonly #assistants: Assistants;
  readonly #calibrations: CalibrationBook;
  readonly #outputs: OutputBook;
  readonly #ownPrices: OwnPrices;
  readonly #personal: PersonalBook;
  readonly #history: HistoryBook;
  readonly #plans: PlanBook;
  /** IANA name of this machine's own time zone. */
  readonly #timeZone: string;
  readonly #accounts: Accounts;
  readonly #outlook: Outlook;
  readonly #periodEnd: PeriodEnd;
  readonly #heartbeat: Heartbeat;
  readonly #listeners = new Set<() => void>();
  #preferences: Preferences;
  /** As the windows were told (ms). */
  #skew = 0;
  readonly #sums = new Sums(() => this.#sumUp());

  constructor({ ledger, clock, log, catalogue, network, ...options }: LocalBudgetOptions) {
    super();
    this.#ledger = ledger;
    this.#clock = clock;
    this.#log = log;
    this.#network = network;
    this.#calibrations = new CalibrationBook(ledger, log);
    this.#outputs = new OutputBook(ledger);
    this.#preferences = savedPreferences(ledger);
    this.#history = new HistoryBook(ledger);
    this.#plans = new PlanBook({ ledger, clock, log, prices: () => this.prices(), changed: () => this.#changed() });
    this.#timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.#personal = new PersonalBook({ ledger, clock, timeZone: this.#timeZone, softLimit: DEFAULT_POLICY.softLimit });
    this.#personal.configure(this.#preferences.budgets);
    this.#ownPrices = new OwnPrices({
      ...{ ledger, clock, log, place: catalogue, fetch: network.fetch },
      wanted: () => this.#accounts.current === undefined && this.#preferences.refreshPrices,
      changed: () => this.#changed(),
    });
    this.#accounts = new Accounts({ ledger, clock, log, fetch: network.fetch, changed: () => this.#allowancesChanged() });
    this.#outlook = new Outlook({
      ...{ ledger, clock, accounts: this.#accounts, personal: this.#personal, ownPrices: this.#ownPrices },
      ...{ calibrations: this.#calibrations, outputs: this.#outputs, plans: this.#plans },
      assistants: () => this.#assistants,
      preferences: () => this.#preferences,
    });
    this.#guard = new Guard({
      ledger,
      outputs: this.#outputs,
      clock,
      view: () => this.#outlook.view(),
      reload: async () => this.#accounts.current?.session.reload(),
      changed: () => this.#changed(),
      spent: () => {
        this.#sums.soon();
        this.#changed();
      },
      learn: (entry, whole) => {
        this.#outputs.learn(entry);
        if (whole && entry.usageSource === "provider") this.#calibrations.learn(entry.model, whole, entry.usage);
        this.#changed();
      },
    });
    const prompts = new PromptCount(options.readTokenFile, () => this.#calibrations.calibration);
    this.#assistants = new Assistants(
      {
        ...{ stateDirectory: options.stateDirectory, ledger, clock, log, guard: this.#guard },
        ...(options.turnTimes && { times: options.turnTimes }),
        view: () => this.#outlook.view(),
        count: (text, model) => prompts.count(text, model),
        changed: () => this.#changed(),
      },
      options.turns.map(({ session, account, at }) => ({ session, begun: Date.parse(at) - this.#accounts.skewOf(account) })),
    );
    const lookAgain = () => {
      void this.#accounts.current?.session.refresh();
      this.#allowancesChanged();
    };
    this.#periodEnd = new PeriodEnd(lookAgain);
    this.#heartbeat = new Heartbeat(clock, { woken: lookAgain, beat: () => this.#beat() });
    ledger.onWarning = () => {
      log(ledger.warning ?? "the ledger is written again");
      this.#changed();
    };
    this.#allowancesChanged();
  }

  state(): State {
    return this.#outlook.state();
  }

  onDidChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  prices(): Promise<PriceList> {
    return this.#outlook.prices();
  }

  async configure(preferences: Preferences): Promise<void> {
    const next = checkedPreferences(preferences);
    if (JSON.stringify(next) === JSON.stringify(this.#preferences)) return; // every window says so
    this.#preferences = next;
    this.#personal.configure(next.budgets);
    try {
      this.#ledger.saveSnapshot("", PREFERENCES, next);
    } catch (error) {
      this.#log(`ledger: ${(error as Error).message}`); // the windows will say it again
    }
    this.#allowancesChanged();
  }

  async connectAccount(endpoint: string, token: string): Promise<SyncStatus> {
    const { session } = await this.#accounts.enter(checkedBase(endpoint), token);
    await session.firstTry;
    return session.status;
  }

  async disconnectAccount(): Promise<void> {
    await this.#accounts.signOut();
    this.#assistants.useHookFailure(DEFAULT_POLICY.assistants.hookFailure);
    this.#allowancesChanged();
  }

  async refresh(): Promise<SyncStatus> {
    const account = this.#accounts.current;
    if (!account) return { phase: "signedOut" };
    if (account.session.status.phase === "refused") return this.connectAccount(account.endpoint, account.token);
    await account.session.refresh();
    await account.book?.tell();
    return account.session.status;
  }

  open(request: OpenRequest, client: string): Promise<OpenReply> {
    return this.#guard.open(this.#assistants.adopt(request), client);
  }

  async sent(id: string): Promise<void> {
    this.#guard.sent(id);
  }

  async grow(id: string, output: number): Promise<boolean> {
    return this.#guard.grow(id, output);
  }

  async settle(settlement: Settlement): Promise<Settled> {
    return this.#guard.settle(settlement);
  }

  async cancel(id: string): Promise<void> {
    this.#guard.release(id);
  }

  async clientGone(client: string): Promise<void> {
    this.#guard.clientGone(client);
  }

  history(days: number): Promise<History> {
    const { key = "", figures } = this.#accounts.current ?? {};
    const { me, skew = 0 } = figures ?? {};
    const view = {
      account: key,
      timeZone: me?.team.timeZone ?? this.#timeZone,
      now: this.#clock.wall() + skew,
      allowances: this.#outlook.allowances(),
    };
    return this.#history.history(view, days);
  }

  async glance(): Promise<string> {
    const history = await this.history(1);
    const state = this.state();
    return glanceText(state, history, this.#clock.wall() + state.clockSkew);
  }

  async useNetwork(network: Network): Promise<void> {
    // Connections that go another way than is said now are no use.
    if (this.#network.use(checkedNetwork(network))) this.#accounts.current?.session.check();
  }

  hook(call: HookCall, signal: AbortSignal): Promise<HookAnswer> {
    return this.#assistants.hook(call, signal);
  }

  telemetry(): Promise<Telemetry> {
    return this.#assistants.telemetry();
  }

  useAsker(ask: AskWindow, windows: Partial<WindowsKnow> = {}): void {
    this.#assistants.useWindows({ ...NO_WINDOWS, ...windows, ask });
  }

  uploads(): Upload[] {
    return [...(this.#accounts.current?.client.uploads ?? [])];
  }

  async verify(): Promise<Verification> {
    return this.#ledger.verify();
  }

  get damaged(): Promise<void> {
    return this.#ledger.damaged;
  }

  async idle(): Promise<void> {
    await this.#assistants.endTurns();
    await this.#guard.idle();
  }

  async close(): Promise<void> {
    await this.#assistants.close();
    await this.#accounts.leave(true);
    this.#sums.dispose();
    this.#ownPrices.dispose();
    this.#plans.dispose();
    this.#heartbeat.dispose();
    this.#periodEnd.dispose();
    this.#accounts.dispose();
    this.#ledger.close();
  }

  protected get account(): Account | undefined {
    return this.#accounts.current;
  }

  #beat(): void {
    this.#ledger.tidy();
    // Somebody has set this machine's clock: the windows count down by it.
    if (Math.abs(this.#outlook.now() - this.#clock.wall() - this.#skew) > CLOCK_SET) this.#allowancesChanged();
  }

  /** The allowances, or whose they are, or a rule or a choice have changed. */
  #allowancesChanged(): void {
    this.#skew = this.#outlook.now() - this.#clock.wall();
    this.#periodEnd.await(this.#outlook.allowances(), this.#outlook.now());
    const { policy } = this.#accounts.current?.figures ?? {};
    if (policy) this.#assistants.useHookFailure(policy.policy.assistants.hookFailure);
    this.#sums.now();
    this.#changed();
  }

  /** Takes into the plans' meters and the coverage what was spent. */
  #sumUp(): void {
    const { policy } = this.#accounts.current?.figures ?? {};
    void this.#plans.update([...(policy?.policy.plans ?? []), ...this.#preferences.plans]);
    this.#assistants.update();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
