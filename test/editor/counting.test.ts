import assert from "node:assert/strict";
import * as vscode from "vscode";
import { LiveDocument } from "../../src/editor/counting/liveDocument.ts";
import { LiveDocuments } from "../../src/editor/counting/liveDocuments.ts";
import { type CountThread, PART } from "../../src/editor/counting/thread.ts";
import { countThread } from "./support/countThread.ts";

const LINE = "The quick brown fox's 3 cats — 漢字, 👩‍👧 — run_away(); // don't\n";

describe("counting in the editor", () => {
  let thread: CountThread;
  const logged: string[] = [];
  const start = (script: string) => countThread(script, (line) => logged.push(line));

  beforeEach(() => {
    thread = start("tokenWorker.cjs");
  });
  afterEach(() => thread.dispose());

  it("counts a long text in parts, says how far it is, and stops when told to", async () => {
    const text = LINE.repeat((3 * PART) / LINE.length);
    const shares: number[] = [];
    const whole = await thread.ask({ kind: "count", encoding: "o200k_base", text });
    const tokens = await thread.count("o200k_base", text, { onProgress: (share) => shares.push(share) });
    assert.equal(tokens, whole);
    assert.ok(shares.length >= 3 && shares.every((share, i) => i === 0 || share > shares[i - 1]!));
    assert.equal(shares.at(-1), 1);

    const stop = new AbortController();
    let parts = 0;
    const counting = thread.count("o200k_base", text, {
      signal: stop.signal,
      onProgress: () => {
        parts++;
        stop.abort();
      },
    });
    await assert.rejects(counting, { name: "AbortError" });
    assert.equal(parts, 1);
  });

  it("keeps the exact count of a large document, also when it changes while it is handed over", async () => {
    const document = await vscode.workspace.openTextDocument({ content: LINE.repeat(60_000) });
    const live = new LiveDocument(thread, document, "o200k_base");
    const counting = live.count();
    await replace(document, new vscode.Range(30_000, 4, 58_500, 9), "while it is handed over\n\n");
    const expected = () => thread.count("o200k_base", document.getText());
    await counting; // of what it had before, or after the change
    assert.equal(await live.count(), await expected());
    await replace(document, new vscode.Range(10, 0, 12, 3), "later 'll");
    await replace(document, new vscode.Range(0, 0, 0, 0), "first ");
    assert.equal(await live.count(), await expected());
    const range = new vscode.Range(3, 7, 5_000, 11);
    assert.equal(await live.countRanges([range]), await thread.count("o200k_base", document.getText(range)));
    const parts = [range, new vscode.Range(0, 0, 0, 0), new vscode.Range(0, 0, 1, 0)];
    const each = await Promise.all(parts.map((part) => thread.count("o200k_base", document.getText(part))));
    assert.deepEqual(await live.countEach(parts), each);
    live.dispose();
    await assert.rejects(live.countRanges([range]));
  });

  it("counts a document once for all who show its tokens, until the last of them is done", async () => {
    const document = await vscode.workspace.openTextDocument({ content: LINE.repeat(100) });
    const asked: string[] = [];
    const ask = thread.ask.bind(thread);
    thread.ask = (question) => {
      asked.push(question.kind);
      return ask(question);
    };
    const documents = new LiveDocuments(thread);
    const [one, two] = [documents.lease(document, "o200k_base"), documents.lease(document, "o200k_base")];
    assert.equal(one.live, two.live);
    assert.deepEqual(await Promise.all([one.live.count(), two.live.count()]), [await one.live.count(), await two.live.count()]);
    assert.deepEqual(asked, ["open", "change"]);
    await replace(document, new vscode.Range(0, 0, 0, 0), "a word ");
    assert.equal(await two.live.count(), await thread.count("o200k_base", document.getText()));
    assert.deepEqual(asked, ["open", "change", "change", "count"]);
    one.dispose();
    one.dispose();
    assert.ok((await two.live.count()) > 0);
    two.dispose();
    assert.equal(asked.at(-1), "close");
    assert.notEqual(documents.lease(document, "o200k_base").live, two.live);
  });

  it("counts in the editor's own process where no thread can be started, and says why", async () => {
    const here = start("noSuchWorker.cjs");
    assert.equal(await here.count("cl100k_base", LINE.repeat(10)), await thread.count("cl100k_base", LINE.repeat(10)));
    assert.match(logged.at(-1)!, /^The counting thread failed: /);
    here.dispose();
  });
});

async function replace(document: vscode.TextDocument, range: vscode.Range, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, range, text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}
