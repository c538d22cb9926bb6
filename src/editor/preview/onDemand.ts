import { createRequire } from "node:module";
import type * as vscode from "vscode";
import type { Preview } from "./preview.ts";
import type { SessionParts } from "./session.ts";

/** The preview, loaded with all that only it needs when it is first opened. */
export class PreviewOnDemand implements vscode.Disposable {
  private readonly script: string;
  private readonly parts: SessionParts;
  private preview: Preview | undefined;

  /** @param script the bundle that exports `Preview` */
  constructor(script: string, parts: SessionParts) {
    this.script = script;
    this.parts = parts;
  }

  get loaded(): Preview {
    if (!this.preview) {
      const { Preview } = createRequire(this.script)(this.script) as typeof import("./preview.ts");
      this.preview = new Preview(this.parts);
    }
    return this.preview;
  }

  dispose(): void {
    this.preview?.dispose();
  }
}
