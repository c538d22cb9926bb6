import * as vscode from "vscode";
import type { DaemonClient } from "../protocol/client.ts";
import { networkOf } from "./networkSettings.ts";

/** Tells the daemon how the editor reaches the network, at the start and whenever that changes. */
export class NetworkSync implements vscode.Disposable {
  private readonly client: Pick<DaemonClient, "useNetwork">;
  private readonly env: NodeJS.ProcessEnv;
  private readonly log: (line: string) => void;
  private readonly watching: vscode.Disposable;

  constructor(client: Pick<DaemonClient, "useNetwork">, env: NodeJS.ProcessEnv, log: (line: string) => void) {
    this.client = client;
    this.env = env;
    this.log = log;
    this.watching = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("http")) this.tell();
    });
    this.tell();
  }

  dispose(): void {
    this.watching.dispose();
  }

  private tell(): void {
    const http = vscode.workspace.getConfiguration("http");
    const network = networkOf((name) => personal(http.inspect<unknown>(name)), this.env);
    this.client
      .useNetwork(network)
      .catch((error: Error) => this.log(`The network's settings did not reach the daemon: ${error.message}`));
  }
}

function personal(setting: { globalValue?: unknown; defaultValue?: unknown } | undefined): unknown {
  return setting?.globalValue ?? setting?.defaultValue;
}
