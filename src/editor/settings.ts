import * as vscode from "vscode";
import { MOST_BUDGETS, type PersonalBudget, PersonalBudgetSchema } from "../budget/allowance/personal.ts";
import { MOST_PLANS, type Plan, PlanSchema } from "../budget/plan/plan.ts";
import type { TeamSettings } from "../budget/policy/teamSettings.ts";

/** One setting: its value now, and an event when it changes. No other file reads the configuration. */
export interface Setting<T> {
  readonly value: T;
  readonly onDidChange: vscode.Event<T>;
  /** Writes the person's own setting. @throws Error, for people, where the team sets it */
  set(value: T): Promise<void>;
}

/** The extension's settings; `package.json` describes each. */
export interface Settings extends vscode.Disposable {
  endpointUrl: Setting<string>;
  meterVisible: Setting<boolean>;
  estimateVisible: Setting<boolean>;
  estimateModel: Setting<string>;
  estimateFiles: Setting<string[]>;
  lensVisible: Setting<boolean>;
  upstreamUrl: Setting<string>;
  upstreamProvider: Setting<string>;
  /** Flat-rate plans, as far as they make sense. */
  plans: Setting<Plan[]>;
  /** What the person set for themselves, as far as it makes sense. */
  budgets: Setting<PersonalBudget[]>;
  pricesRefresh: Setting<boolean>;
  /** OpenAI-compatible servers on this machine whose models run on it. */
  localServers: Setting<string[]>;
  /** Whether this machine remembers which workspace a request came from. */
  historyWorkspaces: Setting<boolean>;
  /** Takes what the team sets for the person, by the settings' names: it wins over their own until something else is taken. */
  useTeams(values: TeamSettings): void;
}

export function readSettings(): Settings {
  const open: (vscode.Disposable & Pick<ConfigurationValue<unknown>, "name" | "useTeams">)[] = [];
  const setting = <T>(name: string, fallback: T, read = (value: unknown) => (isLike(value, fallback) ? value : fallback)) => {
    const one = new ConfigurationValue(name, read);
    open.push(one);
    return one;
  };
  const list = <T>(name: string, read: (item: unknown) => T | undefined, most: number) => {
    const one = new ConfigurationValue(
      name,
      (value) => readEach(value, read, most),
      (value) => (Array.isArray(value) ? value.filter((item) => read(item) === undefined) : []),
    );
    open.push(one);
    return one;
  };
  return {
    endpointUrl: setting("endpoint.url", ""),
    meterVisible: setting("meter.visible", true),
    estimateVisible: setting("estimate.visible", true),
    estimateModel: setting("estimate.model", ""),
    estimateFiles: setting<string[]>("estimate.files", []),
    lensVisible: setting("lens.visible", true),
    upstreamUrl: setting("upstream.url", ""),
    upstreamProvider: setting("upstream.provider", "openai"),
    plans: list<Plan>("plans", (one) => PlanSchema.safeParse(one).data, MOST_PLANS),
    budgets: list<PersonalBudget>("budgets", (one) => PersonalBudgetSchema.safeParse(one).data, MOST_BUDGETS),
    pricesRefresh: setting("prices.refresh", true),
    localServers: setting<string[]>("preview.localServers", []),
    historyWorkspaces: setting("history.workspaces", true),
    useTeams: (values) => {
      const byName: Record<string, unknown> = values;
      for (const one of open) one.useTeams(byName[one.name]);
    },
    dispose: () => vscode.Disposable.from(...open).dispose(),
  };
}

const section = "tokenBudget";

class ConfigurationValue<T> implements Setting<T>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<T>();
  private readonly watching: vscode.Disposable;
  readonly name: string;
  private readonly understand: (value: unknown) => T;
  private readonly mistaken: (value: unknown) => unknown[];
  /** What the team sets; undefined: nothing. */
  private teams: unknown;
  readonly onDidChange = this.changed.event;
  value: T;

  /**
   * @param understand what a value of any kind means
   * @param mistaken those of a list that mean nothing: they stay the person's, who is to mend them
   */
  constructor(name: string, understand: (value: unknown) => T, mistaken: (value: unknown) => unknown[] = () => []) {
    this.name = name;
    this.understand = understand;
    this.mistaken = mistaken;
    this.value = this.read();
    this.watching = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${section}.${name}`) && this.teams === undefined) this.take(this.read());
    });
  }

  useTeams(value: unknown): void {
    if (JSON.stringify(value) === JSON.stringify(this.teams)) return;
    this.teams = value;
    this.take(this.read());
  }

  async set(value: T): Promise<void> {
    if (this.teams !== undefined) throw new Error(vscode.l10n.t("Your team sets {0} for everybody.", `${section}.${this.name}`));
    const settings = vscode.workspace.getConfiguration(section);
    const kept = this.mistaken(settings.get(this.name));
    const next = Array.isArray(value) ? [...kept, ...value] : value;
    await settings.update(this.name, next, vscode.ConfigurationTarget.Global);
  }

  dispose(): void {
    this.watching.dispose();
    this.changed.dispose();
  }

  private take(value: T): void {
    this.value = value;
    this.changed.fire(value);
  }

  private read(): T {
    return this.understand(this.teams ?? vscode.workspace.getConfiguration(section).get<unknown>(this.name));
  }
}

/** Those of a list that make sense: one that is mistaken must not undo the others. */
function readEach<T>(value: unknown, read: (item: unknown) => T | undefined, most: number): T[] {
  const understood = (Array.isArray(value) ? value : []).map(read);
  return understood.filter((item) => item !== undefined).slice(0, most);
}

/** A settings file may hold anything: a value of another type counts as not set. */
function isLike<T>(value: unknown, example: T): value is T {
  if (Array.isArray(example)) return Array.isArray(value) && value.every((item) => typeof item === "string");
  return typeof value === typeof example;
}
