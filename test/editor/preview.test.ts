import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import { LiveDocuments } from "../../src/editor/counting/liveDocuments.ts";
import type { CountThread, Question } from "../../src/editor/counting/thread.ts";
import { alwaysIncluded } from "../../src/editor/preview/alwaysIncluded.ts";
import { attachedText } from "../../src/editor/preview/attachment.ts";
import { Draft } from "../../src/editor/preview/draft.ts";
import { inputOfParts, type PreviewPart } from "../../src/editor/preview/part.ts";
import { countThread } from "./support/countThread.ts";

const VIEW_TYPE = "mainThreadWebview-tokenBudget.preview";
const ENCODING = "o200k_base";
const LINE = "The quick brown fox's 3 cats — 漢字, 👩‍👧 — run_away(); // don't\n";

const root = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
const inRoot = (path: string) => join(root, path);
const write = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(inRoot(path)), { recursive: true });
  writeFileSync(inRoot(path), content);
};

describe("the preview's tab", () => {
  const tabs = () =>
    vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType === VIEW_TYPE);

  before(() => vscode.extensions.getExtension("token-budget.token-budget")!.activate());
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("is one, opened beside the prompt and used again; closed, it is opened anew", async () => {
    await vscode.window.showTextDocument(vscode.Uri.file(inRoot("AGENTS.md")));
    await vscode.commands.executeCommand("tokenBudget.previewCost");
    await until(() => tabs().length === 1);
    assert.equal(vscode.window.tabGroups.all.length, 2);
    await vscode.commands.executeCommand("tokenBudget.previewCost", vscode.Uri.file(inRoot("README.md")));
    await vscode.commands.executeCommand("tokenBudget.previewFiles", vscode.Uri.file(inRoot("src/booking.ts")));
    await vscode.commands.executeCommand("tokenBudget.previewClipboard");
    assert.equal(tabs().length, 1);
    await vscode.window.tabGroups.close(tabs());
    await until(() => tabs().length === 0);
    await vscode.commands.executeCommand("tokenBudget.previewFiles", undefined, [vscode.Uri.file(inRoot("src/booking.ts"))]);
    await until(() => tabs().length === 1);
  });

  it("opens with no editor open, for a text that is typed into it", async () => {
    await vscode.commands.executeCommand("tokenBudget.previewCost");
    await until(() => tabs().length === 1);
  });
});

describe("a prompt that is previewed", () => {
  let thread: CountThread;
  let documents: LiveDocuments;
  let draft: Draft;
  let changes = 0;
  const asked: Question[] = [];
  const whenChanged: (() => void)[] = [];
  const references: { path: string; isImported: boolean }[] = [];

  before(() => {
    thread = countThread("tokenWorker.cjs", () => {});
    const ask = thread.ask.bind(thread);
    thread.ask = (question) => {
      asked.push(question);
      return ask(question);
    };
  });
  after(() => thread.dispose());
  beforeEach(() => {
    references.length = 0;
    documents = new LiveDocuments(thread);
    draft = new Draft({ thread, documents, referencesOf: () => references }, () => {
      changes++;
      for (const resolve of whenChanged.splice(0)) resolve();
    });
  });
  afterEach(async () => {
    draft.dispose();
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    rmSync(inRoot("made"), { recursive: true, force: true });
  });

  const tokens = (text: string) => thread.count(ENCODING, text);
  const tokensOf = ({ content }: PreviewPart) => (content.state === "text" ? content.tokens.get(ENCODING) : content.state);
  /** The parts once none is being counted any more. */
  async function settled(): Promise<PreviewPart[]> {
    for (;;) {
      const changed = new Promise<void>((resolve) => whenChanged.push(resolve));
      const parts = await draft.look([ENCODING]);
      if (parts.every(({ content }) => content.state !== "counting")) return parts;
      await changed;
    }
  }
  const part = (parts: PreviewPart[], name: string) => parts.find((one) => one.name === name)!;

  it("is a document, and follows it while it is edited", async () => {
    const document = await vscode.workspace.openTextDocument({ content: LINE.repeat(20_000) });
    const editor = await vscode.window.showTextDocument(document);
    draft.take({ document });
    assert.equal(tokensOf((await draft.look([ENCODING]))[0]!), await tokens(document.getText()));
    const before = changes;
    asked.length = 0;
    await editor.edit((edit) => edit.insert(new vscode.Position(10_000, 3), "another word"));
    assert.equal(tokensOf((await draft.look([ENCODING]))[0]!), await tokens(document.getText()));
    assert.ok(changes > before);
    assert.deepEqual(
      asked.filter(({ kind }) => kind !== "count").map(({ kind }) => kind),
      ["change"],
      "a keystroke sends its change alone",
    );
  });

  it("is the document that was taken last, also where another was being counted", async () => {
    const encodings = [ENCODING, "cl100k_base"] as const;
    const long = await vscode.workspace.openTextDocument({ content: LINE.repeat(500) });
    const document = await vscode.workspace.openTextDocument({ content: "hello world" });
    const estimate = documents.lease(long, ENCODING); // as the status bar has one
    draft.take({ document: long });
    const counting = draft.look(encodings);
    draft.take({ document });
    await counting;
    estimate.dispose();
    const { content } = (await draft.look(encodings))[0]!;
    assert.deepEqual(content.state === "text" && [...content.tokens.values()], [2, 2]);
  });

  it("is the selection while there is one, as for sending", async () => {
    const document = await vscode.workspace.openTextDocument({ content: LINE.repeat(100) });
    const editor = await vscode.window.showTextDocument(document);
    draft.take({ document });
    const select = async (selection: vscode.Selection) => {
      const changed = new Promise<void>((resolve) => whenChanged.push(resolve));
      editor.selection = selection;
      await changed;
      return tokensOf((await draft.look([ENCODING]))[0]!);
    };
    const selection = new vscode.Selection(3, 7, 20, 11);
    assert.equal(await select(selection), await tokens(document.getText(selection)));
    assert.match(draft.documentName!, /^selection in /);
    assert.equal(draft.text, document.getText(selection));
    assert.equal(await select(new vscode.Selection(0, 0, 0, 0)), await tokens(document.getText()));
  });

  it("is what is typed into the view", async () => {
    draft.typed.text = LINE;
    draft.chooseSource("typed");
    draft.type({ rangeOffset: 4, rangeLength: 5, text: "slow" });
    assert.equal(draft.text, LINE.replace("quick", "slow"));
    assert.equal(tokensOf((await draft.look([ENCODING]))[0]!), await tokens(draft.text));
  });

  it("has the files that were attached, each counted once and again only when it has changed on disk", async () => {
    const megabyte = LINE.repeat(Math.floor((1 << 20) / Buffer.byteLength(LINE)));
    write("made/large.md", megabyte);
    write("made/small.md", "hello world");
    draft.attach([inRoot("made/large.md"), inRoot("made/small.md")]);
    const first = await settled();
    assert.equal(tokensOf(part(first, "made/large.md")), await tokens(attachedText("made/large.md", megabyte)));
    asked.length = 0;
    for (let typed = 0; typed < 20; typed++) {
      draft.type({ rangeOffset: typed, rangeLength: 0, text: "x" });
      await draft.look([ENCODING]);
    }
    const sent = asked.reduce((sum, question) => sum + JSON.stringify(question).length, 0);
    assert.ok(sent < 10_000, `twenty keystrokes beside a megabyte sent ${sent} characters to the thread`);

    write("made/small.md", "hello wide world");
    await draft.files.recheck();
    const second = await settled();
    assert.equal(tokensOf(part(second, "made/small.md")), await tokens(attachedText("made/small.md", "hello wide world")));
    assert.equal(tokensOf(part(second, "made/large.md")), tokensOf(part(first, "made/large.md")));
  });

  it("follows attached files that change on disk, without being told", async () => {
    write("made/a.md", "one");
    draft.attach([inRoot("made/a.md")]);
    const before = tokensOf(part(await settled(), "made/a.md"));
    write("made/a.md", "one two three four");
    await until(async () => tokensOf(part(await settled(), "made/a.md")) !== before);
  });

  it("says in a word why a file is not counted, and measures pictures", async () => {
    write(
      "made/picture.png",
      readFileSync(join(vscode.extensions.getExtension("token-budget.token-budget")!.extensionPath, "media/icon.png")),
    );
    write("made/a.bin", Buffer.from([1, 0, 2]));
    write("made/large.md", "");
    truncateSync(inRoot("made/large.md"), 2 ** 30);
    draft.attach(["made/picture.png", "made/a.bin", "made/large.md", "made/gone.md", "../outside.md", "src"].map(inRoot));
    const parts = await settled();
    const found = parts.slice(1, 7).map(({ content }) => (content.state === "refused" ? content.refusal : content.state));
    assert.deepEqual(found, ["picture", "binary", "tooLarge", "missing", "missing", "folder"]);
    const { content } = parts[1]!;
    assert.deepEqual(content.state === "picture" && content.size, { width: 128, height: 128 });
    assert.equal(draft.includedFiles.length, 1);
    assert.equal(inputOfParts([parts[1]!], "gpt-4o").likely, 7 + 255);
  });

  it("has instructions, references and files each once, counted as the person decides", async () => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(inRoot("AGENTS.md")));
    draft.take({ document });
    draft.instructions = [inRoot("AGENTS.md"), inRoot("CLAUDE.md")];
    references.push({ path: inRoot("docs/incident.md"), isImported: false }, { path: inRoot("CLAUDE.md"), isImported: true });
    draft.attach([inRoot("src/booking.ts")]);
    const shown = async () =>
      (await settled()).filter(({ kind }) => kind !== "tools").map(({ name, kind, isIncluded }) => [name, kind, isIncluded]);
    assert.deepEqual(await shown(), [
      ["AGENTS.md", "text", true],
      ["src/booking.ts", "file", true],
      ["CLAUDE.md", "instructions", true],
      ["docs/incident.md", "reference", false],
    ]);
    const id = async (name: string) => part(await settled(), name).id;
    draft.include(await id("CLAUDE.md"), false);
    draft.include(await id("docs/incident.md"), true);
    draft.remove(await id("src/booking.ts"));
    assert.deepEqual(await shown(), [
      ["AGENTS.md", "text", true],
      ["CLAUDE.md", "instructions", false],
      ["docs/incident.md", "reference", true],
    ]);
    assert.deepEqual(
      draft.includedFiles.map(({ path }) => path),
      [inRoot("docs/incident.md")],
    );
  });

  it("goes on with what is typed when its document is closed", async () => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(inRoot("README.md")));
    await vscode.window.showTextDocument(document);
    draft.take({ document });
    await draft.look([ENCODING]);
    await vscode.languages.setTextDocumentLanguage(document, "plaintext"); // VS Code closes and opens it for that
    await until(() => draft.documentName === undefined);
    assert.equal(draft.isTyped, true);
    assert.equal(tokensOf((await draft.look([ENCODING]))[0]!), 0);
  });
});

describe("instructions that go with every request", () => {
  afterEach(() => rmSync(inRoot(".github/instructions/made.instructions.md"), { force: true }));

  it("are those that assistants document, and instructions that apply to everything", async () => {
    const found = async () => (await alwaysIncluded()).map((path) => vscode.workspace.asRelativePath(path));
    assert.deepEqual(await found(), ["AGENTS.md", "CLAUDE.md"]);
    write(".github/instructions/made.instructions.md", '---\napplyTo: "**"\n---\nBe brief.\n');
    await until(async () => (await found()).includes(".github/instructions/made.instructions.md"));
  });
});

async function until(look: () => unknown): Promise<void> {
  while (!(await look())) await delay(50);
}
