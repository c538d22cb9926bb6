import * as vscode from "vscode";
import { openViewTab } from "../viewTab.ts";
import { type FromView, readFromView, type ToView } from "./protocol.ts";

export interface PanelParts {
  /** The folder with the view's bundle (`dist`). */
  assets: vscode.Uri;
  title: string;
  onMessage(message: FromView): void;
  /** Its tab has come to the front, or gone behind another. */
  onVisible(isVisible: boolean): void;
  onClose(): void;
}

/** The preview's tab. While another is in front, VS Code throws the page away: nothing is kept in it that the extension does not know. */
export class PreviewPanel implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;

  constructor({ assets, title, onMessage, onVisible, onClose }: PanelParts) {
    this.panel = openViewTab({
      ...{ id: "preview", title, assets, column: vscode.ViewColumn.Beside },
      onMessage: (data) => {
        const message = readFromView(data);
        if (message) onMessage(message);
      },
    });
    this.panel.onDidChangeViewState(({ webviewPanel }) => onVisible(webviewPanel.visible));
    this.panel.onDidDispose(onClose);
  }

  reveal(): void {
    this.panel.reveal(undefined, false);
  }

  /** Does nothing while the page is thrown away: it asks for everything when it is made again. */
  post(message: ToView): void {
    if (this.panel.visible) void this.panel.webview.postMessage(message);
  }

  dispose(): void {
    this.panel.dispose();
  }
}
