import * as vscode from "vscode";
import type { Policy } from "../../budget/policy/policy.ts";
import { changesOf } from "../../budget/policyEdit/changes.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { Reader } from "../words.ts";
import { DraftFaults } from "./faults.ts";
import { DRAFT, type PolicyFiles } from "./files.ts";
import { showHistory } from "./history.ts";
import { pushDraft } from "./push.ts";
import { sentences } from "./text.ts";

export interface EditingParts {
  client: Pick<DaemonClient, "state" | "refresh" | "policyVersions" | "rehearsePolicy" | "pushPolicy">;
  files: PolicyFiles;
  reader: () => Reader;
}

/** Editing the team's policy. In a bundle of its own, which is loaded when a policy is first opened. */
export class PolicyEditing implements vscode.Disposable {
  private readonly parts: EditingParts;
  private readonly faults = new DraftFaults();

  constructor(parts: EditingParts) {
    this.parts = parts;
  }

  dispose(): void {
    this.faults.dispose();
  }

  /** `Edit Team Policy`: the policy in force, or the draft over it; read-only for developers. */
  async open(): Promise<void> {
    void this.parts.files.live; // says so where nobody is signed in
    await vscode.window.showTextDocument(DRAFT, { preview: false });
  }

  push(): Promise<void> {
    return pushDraft({ ...this.parts, faults: this.faults });
  }

  history(): Promise<void> {
    return showHistory({ ...this.parts, push: () => this.push() });
  }

  /** What a change of policy means for people, in sentences. */
  changes(before: Policy, after: Policy): string {
    return sentences(changesOf(before, after), this.parts.reader());
  }

  /** `Discard Policy Draft`: back to the policy in force; a click brings it back. */
  async discard(): Promise<void> {
    const { files } = this.parts;
    const shown = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === DRAFT.toString());
    if (shown?.isDirty) await shown.save();
    const { draft } = files;
    if (!draft) return void vscode.window.showInformationMessage(vscode.l10n.t("There is no draft of the team's policy."));
    await files.setDraft(undefined);
    const undo = vscode.l10n.t("Bring It Back");
    const text = vscode.l10n.t("The draft of the team's policy is gone.");
    if ((await vscode.window.showInformationMessage(text, undo)) === undo) await files.setDraft(draft);
  }
}
