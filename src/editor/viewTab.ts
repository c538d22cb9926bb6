import * as vscode from "vscode";
import { webviewPage } from "./webviewPage.ts";

export interface ViewTab {
  /** Names the view: its type (`tokenBudget.<id>`), its bundle (`<id>.js`, `<id>.css`) and the element that its script fills. */
  id: string;
  title: string;
  /** The folder with the view's bundle (`dist`). */
  assets: vscode.Uri;
  /** Where it opens; the active column unless given. */
  column?: vscode.ViewColumn;
  onMessage(data: unknown): void;
}

/** Opens the tab of one of our views, with its page in it. */
export function openViewTab({ id, title, assets, column = vscode.ViewColumn.Active, onMessage }: ViewTab): vscode.WebviewPanel {
  const panel = vscode.window.createWebviewPanel(`tokenBudget.${id}`, title, column, {
    enableScripts: true,
    localResourceRoots: [assets],
  });
  panel.iconPath = vscode.Uri.joinPath(assets, "..", "media", "icon.svg");
  const { webview } = panel;
  webview.onDidReceiveMessage(onMessage);
  const uriOf = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(assets, name)).toString();
  webview.html = webviewPage({
    id,
    ...{ script: uriOf(`${id}.js`), style: uriOf(`${id}.css`), cspSource: webview.cspSource, title },
    ...{ nonce: crypto.randomUUID().replaceAll("-", ""), locale: vscode.env.language },
  });
  return panel;
}
