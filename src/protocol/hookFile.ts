/**
 * Agent-hook files, by which Token Budget stands before an assistant's turns, and the launchers that they start. VS Code reads them
 * from `~/.copilot/hooks` and from a workspace's `.github/hooks`; the form is `{"version": 1, "hooks": {EVENT: [HOOK]}}`.
 */

/** Its name in either folder. */
export const HOOK_FILE = "token-budget.json";

/** Where a person's hook files are, below their home. */
export const PERSONAL_HOOKS = [".copilot", "hooks"] as const;

/** Where a team's are, below the workspace's folder. */
export const TEAM_HOOKS = [".github", "hooks"] as const;

/** Names of the launchers in the state directory. The daemon keeps them up to date, so that a hook file outlives updates of editor and extension. */
export const LAUNCHERS = { posix: "hook.sh", windows: "hook.ps1" } as const;

/** What the hook must see: each event costs a process, so there are no others. */
export const HOOK_EVENTS = ["SessionStart", "UserPromptSubmit", "PreToolUse", "SubagentStart", "Stop"] as const;

/** One command of a hook file; the platform's own comes before `command`. It lets everything pass, silently, where the launcher is gone. */
export interface Hook {
  type: "command";
  command?: string;
  windows?: string;
  linux?: string;
  osx?: string;
  /** Seconds; one that takes longer is ended, and what it stood before goes on. */
  timeout: number;
}

/** The hook of one person on one machine. `launcher`: its whole path. `timeout`: seconds. */
export function personalHook(launcher: string, isWindows: boolean, timeout: number): Hook {
  const command = isWindows ? powerShell(inPowerShell(launcher)) : shell(inShell(launcher));
  return { type: "command", command, timeout };
}

/**
 * A hook that may lie in a repository: it looks for the launcher where Token Budget keeps its state, whatever the machine.
 * `timeout`: seconds.
 */
export function teamHook(timeout: number): Hook {
  const below = (usual: string) => `"\${TOKEN_BUDGET_STATE_DIR:-${usual}}/${LAUNCHERS.posix}"`;
  const folder =
    "if ($env:TOKEN_BUDGET_STATE_DIR) { $env:TOKEN_BUDGET_STATE_DIR } else { Join-Path $env:LOCALAPPDATA 'token-budget' }";
  return {
    type: "command",
    windows: powerShell(`Join-Path $(${folder}) '${LAUNCHERS.windows}'`),
    linux: shell(below(`\${XDG_STATE_HOME:-$HOME/.local/state}/token-budget`)),
    osx: shell(below("$HOME/Library/Application Support/token-budget")),
    timeout,
  };
}

/** The text of a hook file that runs one hook at every event. */
export function hookFileText(hook: Hook): string {
  const hooks = Object.fromEntries(HOOK_EVENTS.map((event) => [event, [hook]]));
  return `${JSON.stringify({ version: 1, hooks }, null, 2)}\n`;
}

/** The launcher for `sh`. It lets everything pass, silently, where editor or extension are gone. All paths are whole. */
export function shellLauncher(node: string, program: string, stateDirectory: string): string {
  return `# Starts Token Budget's agent hook; written anew whenever its daemon starts.
node=${inShell(node)}
program=${inShell(program)}
[ -x "$node" ] && [ -f "$program" ] || exec cat >/dev/null
export ELECTRON_RUN_AS_NODE=1 TOKEN_BUDGET_STATE_DIR=${inShell(stateDirectory)}
exec "$node" "$program"
`;
}

/** The same for PowerShell, which reads text beyond ASCII only behind a byte order mark. */
export function powerShellLauncher(node: string, program: string, stateDirectory: string): string {
  return `\uFEFF# Starts Token Budget's agent hook; written anew whenever its daemon starts.
$node = ${inPowerShell(node)}
$program = ${inPowerShell(program)}
if (-not ((Test-Path -LiteralPath $node) -and (Test-Path -LiteralPath $program))) { $null = [Console]::In.ReadToEnd(); exit 0 }
$env:ELECTRON_RUN_AS_NODE = '1'
$env:TOKEN_BUDGET_STATE_DIR = ${inPowerShell(stateDirectory)}
& $node $program
exit $LASTEXITCODE
`;
}

/** Runs the launcher where there is one; else what the editor writes is read all the same, since it stumbles over a closed pipe. `path`: an expression of the shell's. */
function shell(path: string): string {
  return `f=${path}; if [ -f "$f" ]; then exec sh "$f"; else exec cat >/dev/null; fi`;
}

function powerShell(path: string): string {
  return `$f = ${path}; if (Test-Path -LiteralPath $f) { & $f; exit $LASTEXITCODE } else { $null = [Console]::In.ReadToEnd() }`;
}

function inShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** PowerShell takes typographic quotes for quotes, too. */
function inPowerShell(text: string): string {
  return `'${text.replace(/['\u2018-\u201B]/g, "$&$&")}'`;
}
