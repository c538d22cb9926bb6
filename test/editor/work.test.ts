import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { WindowWork } from "../../src/editor/work/work.ts";

/** VS Code's own Git extension, and a real repository in the window's folder. */
describe("the work that a window is at", () => {
  const folder = () => vscode.workspace.workspaceFolders![0]!;
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder().uri.fsPath, stdio: "pipe" });

  after(() => rmSync(join(folder().uri.fsPath, ".git"), { recursive: true, force: true }));

  it("is the folder's name alone where there is no repository, and what the person chose", () => {
    const work = new WindowWork();
    assert.deepEqual(work.now, { project: folder().name });
    work.purpose = "incident";
    assert.deepEqual(work.now, { project: folder().name, purpose: "incident" });
  });

  it("is what its repository says: the remote without its host, the branch, and the issue in the branch's name", async () => {
    git("init", "--quiet", "--initial-branch", "kim/ABC-7-lights");
    git("remote", "add", "origin", "git@git.example.com:fernway/ferry.git");
    const extension = vscode.extensions.getExtension("vscode.git")!;
    const api = (await extension.activate()).getAPI(1);
    const repository = await api.openRepository(folder().uri);
    await repository.status();
    assert.deepEqual(new WindowWork().now, { project: "fernway/ferry", branch: "kim/ABC-7-lights", issue: "ABC-7" });
  });
});
