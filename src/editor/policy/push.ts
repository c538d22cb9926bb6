import * as vscode from "vscode";
import type { Policy } from "../../budget/policy/policy.ts";
import { changesOf } from "../../budget/policyEdit/changes.ts";
import { type Json, same } from "../../budget/policyEdit/json.ts";
import { mergeDocuments } from "../../budget/policyEdit/merge.ts";
import { rehearsalWords } from "../../budget/policyEdit/rehearsal.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { Reader } from "../words.ts";
import type { DraftFaults } from "./faults.ts";
import { DRAFT, type PolicyFiles, versionUri } from "./files.ts";
import { readDraft } from "./readPolicy.ts";
import { conflictsText, sentences } from "./text.ts";

export interface PushParts {
  client: Pick<DaemonClient, "state" | "refresh" | "rehearsePolicy" | "pushPolicy">;
  files: PolicyFiles;
  faults: DraftFaults;
  reader: () => Reader;
}

/** `Push Team Policy…`: merges what others pushed meanwhile, shows the difference and what it would have done, asks for a message, pushes. */
export async function pushDraft(parts: PushParts): Promise<void> {
  for (;;) {
    const draft = await readyDraft(parts);
    if (!draft) return;
    const note = await askNote(draft, parts);
    if (note === undefined) return;
    const { client, files, faults } = parts;
    const pushed = await client.pushPolicy({ policy: draft.document, note, over: draft.over });
    if (pushed.outcome === "pushed") {
      await files.setDraft(undefined);
      const text = vscode.l10n.t("Version {0} of the team's policy is in force.", pushed.version.version);
      void vscode.window.showInformationMessage(text);
      return;
    }
    if (pushed.outcome === "invalid") {
      faults.show(await openDraft(), pushed.faults);
      return await showProblems(pushed.faults.length);
    }
    await client.refresh(); // somebody was faster: merge, and ask again
  }
}

interface ReadyDraft {
  document: Json;
  policy: Policy;
  /** The version in force, which it goes over. */
  over: number;
}

/** The saved draft over the version in force; undefined, and said why, where it cannot be pushed. */
async function readyDraft({ files, reader }: PushParts): Promise<ReadyDraft | undefined> {
  const shown = await openDraft();
  if (shown.isDirty) await shown.save();
  const { draft, live } = files;
  if (!draft) return await say(vscode.l10n.t("Nothing to push: this is the policy in force."));
  const read = readDraft(draft.text);
  if (!read.policy) return await showProblems(read.faults.length);
  if (draft.base.version === live.version) return { document: read.document, policy: read.policy, over: live.version };
  const theirs = live.policy as Json;
  const { merged, conflicts } = mergeDocuments(draft.base.policy as Json, read.document, theirs);
  if (same(merged, theirs)) {
    await files.setDraft(undefined);
    return await say(vscode.l10n.t("Nothing to push: the policy in force says the same."));
  }
  await files.setDraft({ base: live, text: `${JSON.stringify(merged, null, 2)}\n` });
  if (conflicts.length > 0) {
    await showDifference(live.version);
    const text = vscode.l10n.t(
      "{0} pushed version {1} meanwhile and changed the same ({2}). The draft keeps yours: look at it, then push again.",
      ...[live.author, live.version, conflictsText(conflicts, reader())],
    );
    void vscode.window.showWarningMessage(text);
    return undefined;
  }
  const both = readDraft(JSON.stringify(merged));
  if (!both.policy) return await showProblems(both.faults.length);
  return { document: merged, policy: both.policy, over: live.version };
}

async function askNote(
  { document, policy, over }: ReadyDraft,
  { client, files, reader }: PushParts,
): Promise<string | undefined> {
  await showDifference(over);
  const rehearsing = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("trying the policy on past requests…") };
  const tried = await vscode.window.withProgress(rehearsing, () =>
    client.rehearsePolicy(document).then(
      (rehearsal) => sentences(rehearsalWords(rehearsal), reader()),
      (error: Error) => vscode.l10n.t("It could not be tried on past requests: {0}", error.message),
    ),
  );
  const changes = sentences(changesOf(files.live.policy, policy), reader());
  return await vscode.window.showInputBox({
    title: vscode.l10n.t("Push version {0} of the team's policy", over + 1),
    prompt: [changes, tried].filter(Boolean).join(" "),
    placeHolder: vscode.l10n.t("What changes, and why: your team reads it"),
    ignoreFocusOut: true,
    validateInput: (text) => (text.length > 500 ? vscode.l10n.t("At most 500 characters") : undefined),
  });
}

async function showDifference(over: number): Promise<void> {
  const title = vscode.l10n.t("Team policy: version {0} ↔ your draft", over);
  await vscode.commands.executeCommand("vscode.diff", versionUri(over), DRAFT, title, { preview: true });
}

function openDraft(): Thenable<vscode.TextDocument> {
  return vscode.workspace.openTextDocument(DRAFT);
}

async function showProblems(count: number): Promise<undefined> {
  await vscode.window.showTextDocument(await openDraft());
  await vscode.commands.executeCommand("workbench.actions.view.problems");
  const text = count === 1 ? vscode.l10n.t("The policy has a fault.") : vscode.l10n.t("The policy has {0} faults.", count);
  void vscode.window.showErrorMessage(text);
}

async function say(text: string): Promise<undefined> {
  void vscode.window.showInformationMessage(text);
}
