import * as vscode from "vscode";

/** One setting: its value now, and an event when it changes. No other file reads the configuration. */
export interface Setting<T> {
  readonly value: T;
  readonly onDidChange: vscode.Event<T>;
  /** Writes the person's own setting. */
  set(value: T): Thenable<void>;
}

/** The extension's settings; `package.json` describes each. */
export interface Settings extends vscode.Disposable {
  endpointUrl: Setting<string>;
  meterVisible: Setting<boolean>;
  estimateVisible: Setting<boolean>;
  estimateModel: Setting<string>;
  estimateFiles: Setting<string[]>;
  upstreamUrl: Setting<string>;
  upstreamProvider: Setting<string>;
}

export function readSettings(): Settings {
  const open: vscode.Disposable[] = [];
  const setting = <T>(name: string, fallback: T): Setting<T> => {
    const one = new ConfigurationValue(name, fallback);
    open.push(one);
    return one;
  };
  return {
    endpointUrl: setting("endpoint.url", ""),
    meterVisible: setting("meter.visible", true),
    estimateVisible: setting("estimate.visible", true),
    estimateModel: setting("estimate.model", ""),
    estimateFiles: setting<string[]>("estimate.files", []),
    upstreamUrl: setting("upstream.url", ""),
    upstreamProvider: setting("upstream.provider", "openai"),
    dispose: () => vscode.Disposable.from(...open).dispose(),
  };
}

const section = "tokenBudget";

class ConfigurationValue<T> implements Setting<T>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<T>();
  private readonly watching: vscode.Disposable;
  private readonly name: string;
  private readonly fallback: T;
  readonly onDidChange = this.changed.event;
  value: T;

  constructor(name: string, fallback: T) {
    this.name = name;
    this.fallback = fallback;
    this.value = this.read();
    this.watching = vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(`${section}.${name}`)) return;
      this.value = this.read();
      this.changed.fire(this.value);
    });
  }

  set(value: T): Thenable<void> {
    return vscode.workspace.getConfiguration(section).update(this.name, value, vscode.ConfigurationTarget.Global);
  }

  dispose(): void {
    this.watching.dispose();
    this.changed.dispose();
  }

  private read(): T {
    const value = vscode.workspace.getConfiguration(section).get<unknown>(this.name);
    return isLike(value, this.fallback) ? value : this.fallback;
  }
}

/** A settings file may hold anything: a value of another type counts as not set. */
function isLike<T>(value: unknown, example: T): value is T {
  if (Array.isArray(example)) return Array.isArray(value) && value.every((item) => typeof item === "string");
  return typeof value === typeof example;
}
