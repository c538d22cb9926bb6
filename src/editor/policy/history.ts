import * as vscode from "vscode";
import type { DaemonClient } from "../../protocol/client.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import type { Reader } from "../words.ts";
import { type PolicyFiles, textOf, versionUri } from "./files.ts";
import { changesText } from "./text.ts";

export interface HistoryParts {
  client: Pick<DaemonClient, "policyVersions">;
  files: PolicyFiles;
  reader: () => Reader;
  /** Goes on to push the draft. */
  push: () => Promise<void>;
}

interface VersionItem extends vscode.QuickPickItem {
  version: PolicyVersion;
  before: PolicyVersion | undefined;
}

/** `Show Policy History…`: who changed what and when; a pick shows the difference, its button brings an old version back. */
export async function showHistory({ client, files, reader, push }: HistoryParts): Promise<void> {
  const versions = await client.policyVersions();
  files.remember(versions);
  const picker = vscode.window.createQuickPick<VersionItem>();
  const bringBack = { iconPath: new vscode.ThemeIcon("discard"), tooltip: vscode.l10n.t("Bring back this version…") };
  picker.title = vscode.l10n.t("Versions of the team's policy");
  picker.placeholder = vscode.l10n.t("Pick one to see what it changed");
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.items = versions.map((version, index) => ({
    ...wordsOf(version, versions[index + 1], reader()),
    ...(files.isLead && index > 0 && { buttons: [bringBack] }),
  }));
  const bring = async ({ version }: VersionItem) => {
    await files.setDraft({ base: files.live, text: textOf(version) });
    await push();
  };
  // Nobody waits for a picker's events: what goes wrong in them is told here.
  const tell = (error: Error) => void vscode.window.showErrorMessage(vscode.l10n.t("Token Budget: {0}", error.message));
  picker.onDidTriggerItemButton(({ item }) => {
    picker.hide();
    bring(item).catch(tell);
  });
  picker.onDidAccept(() => {
    const [item] = picker.activeItems;
    if (item) showChange(item).catch(tell);
  });
  picker.onDidHide(() => picker.dispose());
  picker.show();
}

function wordsOf(version: PolicyVersion, before: PolicyVersion | undefined, reader: Reader): VersionItem {
  const when = new Intl.DateTimeFormat(reader.locale, { dateStyle: "medium", timeStyle: "short" });
  const { version: number, author, createdAt, note } = version;
  return {
    label: reader.t("Version {0}", number),
    description: [author, when.format(new Date(createdAt)), note].filter(Boolean).join(" · "),
    detail: changesText(before?.policy, version, reader),
    version,
    before,
  };
}

async function showChange({ version, before }: VersionItem): Promise<void> {
  const uri = versionUri(version.version);
  if (!before) return void (await vscode.window.showTextDocument(uri, { preview: true }));
  const title = vscode.l10n.t("Team policy: version {0} ↔ {1}", before.version, version.version);
  await vscode.commands.executeCommand("vscode.diff", versionUri(before.version), uri, title, { preview: true });
}
