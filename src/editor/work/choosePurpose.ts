import * as vscode from "vscode";
import type { State } from "../../protocol/daemon.ts";
import type { Reader } from "../words.ts";
import type { WindowWork } from "./work.ts";

/** `Token Budget: Choose Purpose…`: what this window's requests are for, until another is chosen. */
export async function choosePurpose(work: WindowWork, state: State | undefined, { t }: Reader): Promise<void> {
  const { list } = state?.policy.policy.purposes ?? { list: [] };
  if (list.length === 0) {
    void vscode.window.showInformationMessage(t("Your team's policy has no purposes to choose from."));
    return;
  }
  const now = (id: string | undefined) => (work.purpose === id ? { description: t("chosen") } : {});
  const items = list.map(({ id, name, exempt }) => ({
    ...{ label: name, ...now(id), id: id as string | undefined },
    ...(exempt && { detail: t("Draws on an allowance of its own.") }),
  }));
  const none = { label: t("None"), ...now(undefined), detail: t("You are asked where one is needed."), id: undefined };
  const picked = await vscode.window.showQuickPick([...items, none], {
    title: t("What are this window's requests for?"),
    placeHolder: t("Counts until you choose another, or close the window"),
  });
  if (picked) work.purpose = picked.id;
}
