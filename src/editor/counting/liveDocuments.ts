import type * as vscode from "vscode";
import type { EncodingName } from "../../tokens/encoding.ts";
import { LiveDocument } from "./liveDocument.ts";
import type { CountThread } from "./thread.ts";

/** The use of a live document by one of those who show its tokens; ends with `dispose`. */
export interface LiveLease extends vscode.Disposable {
  readonly live: LiveDocument;
}

interface Shared {
  live: LiveDocument;
  users: number;
}

/** The live documents of all who count: one for a document and encoding however many show it, kept while somebody does. */
export class LiveDocuments {
  private readonly thread: CountThread;
  private readonly shared: Shared[] = [];

  constructor(thread: CountThread) {
    this.thread = thread;
  }

  lease(document: vscode.TextDocument, encoding: EncodingName): LiveLease {
    const found = this.shared.find(({ live }) => live.document === document && live.encoding === encoding);
    const shared = found ?? { live: new LiveDocument(this.thread, document, encoding), users: 0 };
    if (!found) this.shared.push(shared);
    shared.users++;
    let isOver = false;
    return {
      live: shared.live,
      dispose: () => {
        if (isOver) return;
        isOver = true;
        if (--shared.users === 0) this.end(shared);
      },
    };
  }

  private end(shared: Shared): void {
    this.shared.splice(this.shared.indexOf(shared), 1);
    shared.live.dispose();
  }
}
