import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { HOOK_EVENTS, hookFileText, personalHook, powerShellLauncher, shellLauncher, teamHook } from "./hookFile.ts";

/** The shell's part by a real `sh`, as VS Code starts it. */
describe("the hook file", () => {
  /** More than a pipe holds. */
  const EVENT = "event ".repeat(50_000);
  let folder: string;
  const sh = (command: string, env: NodeJS.ProcessEnv = {}) =>
    execFileSync("sh", ["-c", command], { input: EVENT, encoding: "utf8", env: { PATH: process.env.PATH, ...env } });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "tb-hook-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A state directory whose launcher prints what it was given. */
  function installIn(state: string, program = join(state, "hook.cjs")): void {
    mkdirSync(state, { recursive: true });
    writeFileSync(
      program,
      "let size = 0; process.stdin.on('data', ({ length }) => { size += length; }).on('end', () => console.log(size, process.env.ELECTRON_RUN_AS_NODE, process.env.TOKEN_BUDGET_STATE_DIR));",
    );
    writeFileSync(join(state, "hook.sh"), shellLauncher(process.execPath, program, state));
  }

  it("runs the same hook at every event", () => {
    const { version, hooks } = JSON.parse(hookFileText(personalHook("/x/hook.sh", false, 300)));
    assert.equal(version, 1);
    assert.deepEqual(Object.keys(hooks), [...HOOK_EVENTS]);
    assert.deepEqual(hooks.Stop, [
      {
        type: "command",
        command: `f='/x/hook.sh'; if [ -f "$f" ]; then exec sh "$f"; else exec cat >/dev/null; fi`,
        timeout: 300,
      },
    ]);
  });

  it("passes the event on to the program, whatever its path has in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "'", '"', "$", "`", "\\", "é", "!", "*", ";") }), (name) => {
        const state = join(folder, `x${name}x`);
        installIn(state);
        assert.equal(sh(personalHook(join(state, "hook.sh"), false, 1).command!), `300000 1 ${state}\n`);
      }),
      { numRuns: 15 },
    );
  });

  it("is silent and lets pass when the launcher, the program or the editor is gone", () => {
    const state = join(folder, "gone");
    const { command } = personalHook(join(state, "hook.sh"), false, 1);
    assert.equal(sh(command!), "");
    mkdirSync(state);
    writeFileSync(join(state, "hook.sh"), shellLauncher(process.execPath, join(state, "none.cjs"), state));
    assert.equal(sh(command!), "");
    writeFileSync(join(state, "hook.sh"), shellLauncher(join(state, "no-node"), process.execPath, state));
    assert.equal(sh(command!), "");
  });

  it("of a team finds the launcher in each machine's own place, and is silent where there is none", () => {
    const { linux, osx, command } = teamHook(300);
    assert.equal(command, undefined);
    const home = join(folder, "a home");
    for (const [system, state] of [
      [linux, join(home, ".local", "state", "token-budget")],
      [osx, join(home, "Library", "Application Support", "token-budget")],
    ] as const) {
      assert.equal(sh(system!, { HOME: home }), "");
      installIn(state);
      assert.equal(sh(system!, { HOME: home }), `300000 1 ${state}\n`);
    }
    const own = join(folder, "own place");
    installIn(own);
    assert.equal(sh(linux!, { HOME: home, TOKEN_BUDGET_STATE_DIR: own }), `300000 1 ${own}\n`);
    const xdg = join(folder, "xdg", "token-budget");
    installIn(xdg);
    assert.equal(sh(linux!, { HOME: home, XDG_STATE_HOME: join(folder, "xdg") }), `300000 1 ${xdg}\n`);
  });

  it("quotes for PowerShell, typographic quotes too", () => {
    const command = personalHook("C:\\Users\\O’Brien $x\\hook.ps1", true, 1).command!;
    assert.equal(
      command,
      "$f = 'C:\\Users\\O’’Brien $x\\hook.ps1'; if (Test-Path -LiteralPath $f) { & $f; exit $LASTEXITCODE } else { $null = [Console]::In.ReadToEnd() }",
    );
    const launcher = powerShellLauncher("C:\\it's\\code.exe", "C:\\x\\hook.cjs", "C:\\state");
    assert.ok(launcher.startsWith("\uFEFF"));
    assert.match(launcher, /\$node = 'C:\\it''s\\code\.exe'/);
  });
});
