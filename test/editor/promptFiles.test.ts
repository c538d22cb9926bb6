import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import { LiveDocuments } from "../../src/editor/counting/liveDocuments.ts";
import type { CountThread } from "../../src/editor/counting/thread.ts";
import { PromptFiles } from "../../src/editor/promptFiles/promptFiles.ts";
import { ReferencedFiles } from "../../src/editor/promptFiles/referencedFiles.ts";
import { readSettings } from "../../src/editor/settings.ts";
import { countThread } from "./support/countThread.ts";

describe("prompt files in the editor", () => {
  const root = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const inRoot = (path: string) => join(root, path);
  let thread: CountThread;

  before(async () => {
    await vscode.extensions.getExtension("token-budget.token-budget")!.activate();
    thread = countThread("tokenWorker.cjs", () => {});
  });
  after(() => thread.dispose());
  afterEach(async () => {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    rmSync(inRoot("made"), { recursive: true, force: true });
  });

  const write = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(inRoot(path)), { recursive: true });
    writeFileSync(inRoot(path), content);
  };
  const show = async (path: string) => {
    // As a person opens it: what an extension opens, VS Code keeps for minutes after its editor is closed.
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(inRoot(path)));
    return await until(() => vscode.window.visibleTextEditors.find(({ document }) => document.uri.fsPath === inRoot(path)));
  };
  /** Tokens for the default model, whose encoding is public. */
  const tokensIn = async (...paths: string[]) => {
    const counts = await Promise.all(paths.map((path) => thread.count("o200k_base", readFileSync(inRoot(path), "utf8"))));
    return counts.reduce((sum, count) => sum + count, 0).toLocaleString("en");
  };

  it("have a line above them with their tokens, those of the files that they refer to, and the price", async () => {
    const path = ".github/prompts/review.prompt.md";
    await show(path);
    const files = ["src/booking.ts", "src/tickets.ts", "docs/incident.md"];
    const tokens = `${await tokensIn(path)} tokens + 3 files, ${await tokensIn(...files)} tokens`;
    const lens = await lensWith(inRoot(path), (title) => title.endsWith("per request"));
    assert.equal(lens.title, `${tokens} · <$0.01 per request`);
    assert.equal(lens.command, "tokenBudget.previewCost");
    for (const file of files) assert.match(lens.tooltip!, new RegExp(`^${file}: [\\d,]+ tokens, linked$`, "m"));
  });

  it("are followed while they are edited, and when a file that they refer to changes, goes or comes", async () => {
    write("made/a.prompt.md", "Read [b](./b.md).\n");
    write("made/b.md", "one two three\n");
    const editor = await show("made/a.prompt.md");
    const file = inRoot("made/a.prompt.md");
    const refers = async () => `tokens + 1 file, ${await tokensIn("made/b.md")} tokens`;
    const first = await refers();
    const before = await lensWith(file, (title) => title.includes(first));
    await editor.edit((edit) => edit.insert(new vscode.Position(1, 0), "A few words more.\n"));
    await lensWith(file, (title) => title.includes(first) && title !== before.title);
    write("made/b.md", "one two three four five six seven\n");
    const second = await refers();
    assert.notEqual(second, first);
    await lensWith(file, (title) => title.includes(second));
    rmSync(inRoot("made/b.md"));
    await lensWith(file, (title) => title.endsWith("1 reference not counted"));
    write("made/b.md", "one\n");
    const third = await refers();
    await lensWith(file, (title) => title.includes(third));
  });

  it("of Claude Code import other files, and theirs, in a ring too; a click opens them", async () => {
    write("made/CLAUDE.md", "# Memory\n\n@sub/a.md and @README are imports, `@no.md` is none, #file:sub/b.md is a link.\n");
    write("made/sub/a.md", "a imports @b.md\n");
    write("made/sub/b.md", "b imports @a.md and @../CLAUDE.md and @gone.md\n");
    const file = inRoot("made/CLAUDE.md");
    await show("made/CLAUDE.md");
    const tokens = await tokensIn("made/sub/a.md", "made/sub/b.md");
    const { title } = await lensWith(file, (one) => one.includes("tokens + 2 files"));
    assert.match(
      title,
      new RegExp(`tokens \\+ 2 files, ${tokens} tokens .*paid on every request in this folder · 1 reference not counted$`),
    );
    assert.deepEqual(await problemsOf(file, 1), [
      "2 Not counted: there is no file “made/sub/gone.md”. made/sub/b.md imports it.",
    ]);
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      "vscode.executeLinkProvider",
      vscode.Uri.file(file),
      9,
    );
    assert.deepEqual(
      links.map(({ target }) => target?.fsPath),
      [inRoot("made/sub/a.md"), inRoot("made/README"), inRoot("made/sub/b.md")],
    );
  });

  it("do not lead out of the workspace, to pipes, or to what is too large", async () => {
    const outside = join(dirname(root), "outside.md");
    writeFileSync(outside, "a secret");
    mkdirSync(inRoot("made/folder"), { recursive: true });
    symlinkSync(outside, inRoot("made/link.md"));
    symlinkSync(dirname(root), inRoot("made/up"));
    execFileSync("mkfifo", [inRoot("made/pipe.md")]);
    write("made/large.md", "");
    truncateSync(inRoot("made/large.md"), 2 ** 31);
    write("made/picture.png", Buffer.from([137, 80, 78, 71, 0, 1]));
    write("made/ok.md", "fine\n");
    const lines = [
      ...["../../../../../../../../etc/passwd", "link.md", "up/outside.md", "pipe.md", "large.md", "//server/share/a.md"],
      ...["\\\\server\\share\\a.md", "folder", "picture.png", "file:///etc/passwd", "gone.md", "~/.ssh/id_rsa", "ok.md"],
    ];
    write("made/AGENTS.md", lines.map((path) => `[x](${path})\n`).join(""));
    const file = inRoot("made/AGENTS.md");
    await show("made/AGENTS.md");
    const { title } = await lensWith(file, (one) => one.includes("not counted"));
    assert.match(title, new RegExp(` tokens \\+ 1 file, ${await tokensIn("made/ok.md")} tokens .* 12 references not counted$`));
    assert.deepEqual(await problemsOf(file, 12), [
      "0 Not counted: ../../../../../../../../etc/passwd is outside of this workspace.",
      "1 Not counted: made/link.md is outside of this workspace.",
      "2 Not counted: made/up/outside.md is outside of this workspace.",
      "3 Not counted: made/pipe.md is not a regular file.",
      "4 Not counted: made/large.md is larger than 1 MiB.",
      "5 Not counted: //server/share/a.md is a network path, which is not opened.",
      "6 Not counted: \\\\server\\share\\a.md is a network path, which is not opened.",
      "7 Not counted: made/folder is a folder.",
      "8 Not counted: made/picture.png is not a text file.",
      "9 Not counted: file:///etc/passwd is outside of this workspace.",
      "10 Not counted: there is no file “made/gone.md”.",
      "11 Not counted: ~/.ssh/id_rsa is outside of this workspace.",
    ]);
    rmSync(outside);
  });

  it("leave it to VS Code to report what is missing where VS Code does, and take reports back when they close", async () => {
    write("made/a.prompt.md", "[x](gone.md) [y](../../outside.md)\n");
    const file = inRoot("made/a.prompt.md");
    await show("made/a.prompt.md");
    await lensWith(file, (title) => title.endsWith("2 references not counted"));
    assert.deepEqual(await problemsOf(file, 1), ["0 Not counted: ../../outside.md is outside of this workspace."]);
    await until(() => vscode.languages.getDiagnostics(vscode.Uri.file(file)).some(({ message }) => message.includes("gone.md")));
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await until(async () => (await problemsOf(file, 0)).length === 0);
  });

  it("are followed without that line too, as the preview needs it; what is not counted is reported with the line alone", async () => {
    write("made/CLAUDE.md", "@b.md @gone.md\n");
    write("made/b.md", "one two three\n");
    const file = inRoot("made/CLAUDE.md");
    const settings = readSettings();
    const model = { current: async () => ({ ref: { provider: "openai", model: "gpt-5" } }), calibration: undefined };
    const files = new PromptFiles({
      ...{ documents: new LiveDocuments(thread), referenced: new ReferencedFiles(thread), settings, log: assert.fail },
      model: { ...model, onDidChange: new vscode.EventEmitter<void>().event },
    });
    const lens = vscode.workspace.getConfiguration("tokenBudget");
    try {
      await lens.update("lens.visible", false, vscode.ConfigurationTarget.Global);
      const { document } = await show("made/CLAUDE.md");
      const followed = await until(() => files.get(document)?.state?.files);
      assert.deepEqual(
        followed.map(({ path, isImported }) => [path, isImported]),
        [[inRoot("made/b.md"), true]],
      );
      assert.deepEqual(await problemsOf(file, 0), []);
    } finally {
      await lens.update("lens.visible", undefined, vscode.ConfigurationTarget.Global);
      files.dispose();
      settings.dispose();
    }
    assert.equal((await problemsOf(file, 1)).length, 1);
  });

  it("have no line where the person wants none", async () => {
    const settings = vscode.workspace.getConfiguration("tokenBudget");
    const file = inRoot("AGENTS.md");
    await show("AGENTS.md");
    await lensWith(file, (title) => title.includes("paid on every request"));
    try {
      await settings.update("lens.visible", false, vscode.ConfigurationTarget.Global);
      await until(async () => (await lensesOf(file)).length === 0);
      await settings.update("lens.visible", true, vscode.ConfigurationTarget.Global);
      await lensWith(file, (title) => title.includes("paid on every request"));
      await settings.update("estimate.files", ["**/NOTES.md"], vscode.ConfigurationTarget.Global);
      await until(async () => (await lensesOf(file)).length === 0);
    } finally {
      await settings.update("lens.visible", undefined, vscode.ConfigurationTarget.Global);
      await settings.update("estimate.files", undefined, vscode.ConfigurationTarget.Global);
    }
  });
});

async function lensesOf(path: string): Promise<vscode.Command[]> {
  const uri = vscode.Uri.file(path);
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", uri, 9);
  return lenses.flatMap(({ command }) => (command && /tokens/.test(command.title) ? [command] : []));
}

/** Waits for the line above a prompt file to be as it should; the test's own time limit ends the wait. */
async function lensWith(path: string, isIt: (title: string) => boolean): Promise<vscode.Command> {
  return await until(async () => (await lensesOf(path)).find(({ title }) => isIt(title)));
}

/** Our reports on a file, as `<line> <text>`, once there are at least so many. */
async function problemsOf(path: string, count: number): Promise<string[]> {
  return await until(() => {
    const ours = vscode.languages.getDiagnostics(vscode.Uri.file(path)).filter(({ source }) => source === "Token Budget");
    return ours.length >= count && ours.map(({ range, message }) => `${range.start.line} ${message}`);
  });
}

async function until<T>(look: () => T | Promise<T>): Promise<Exclude<T, undefined | null | false>> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found as Exclude<T, undefined | null | false>;
    await delay(50);
  }
}
