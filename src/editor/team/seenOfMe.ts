import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import type { Reader } from "../words.ts";
import { seenOfMeText } from "./seenOfMeText.ts";

const SCHEME = "token-budget-seen";

export interface SeenParts {
  client: Pick<DaemonClient, "ownEntries" | "report" | "state" | "teamGlance" | "uploads">;
  reader(): Reader;
}

/** `Token Budget: Show What the Team Sees of Me`: what leads can see, what the endpoint has, and what was sent, as a read-only document. */
export class SeenOfMe implements vscode.Disposable, vscode.TextDocumentContentProvider {
  private readonly parts: SeenParts;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  private count = 0;

  constructor(parts: SeenParts) {
    this.parts = parts;
  }

  dispose(): void {
    this.registration.dispose();
  }

  async provideTextDocumentContent(): Promise<string> {
    const { client, reader } = this.parts;
    const [glance, report, entries, uploads] = await Promise.all([
      client.teamGlance(),
      client.report({ groupBy: "model,project,purpose", whose: "me" }),
      client.ownEntries(),
      client.uploads(),
    ]);
    return seenOfMeText({ glance, report, entries, uploads, state: client.state! }, reader());
  }

  /** Each time as it is then: another document. */
  async open(): Promise<void> {
    const path = vscode.l10n.t("What the team sees of me").concat(".md");
    const uri = vscode.Uri.from({ scheme: SCHEME, path, query: String(++this.count) });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }
}
