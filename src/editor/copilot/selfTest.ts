import { spawn } from "node:child_process";
import { basename, join } from "node:path";
import { SELF_TEST_ANSWER, SELF_TEST_EVENT } from "../../protocol/assistants.ts";

/** The hook of a turn is to answer at once; it starts the daemon where none runs. */
const PATIENCE = 30_000;

/**
 * Runs a hook's command as VS Code does, with an event that only the daemon answers.
 * @throws Error, for people, where it does not run or does not reach the daemon
 */
export async function testHook(command: string, cwd: string): Promise<void> {
  const { code, out, err } = await run(command, cwd, JSON.stringify({ hook_event_name: SELF_TEST_EVENT, cwd }));
  if (code === 0 && out.trim() === SELF_TEST_ANSWER) return;
  throw new Error(
    err.trim() || (out ? `it answered ${JSON.stringify(out.slice(0, 200))}` : `it ended with ${code} and no answer`),
  );
}

function run(command: string, cwd: string, input: string): Promise<{ code: number | string; out: string; err: string }> {
  const { file, args, shell } = asStarted(command, process.platform, process.env);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, shell, timeout: PATIENCE, windowsHide: true });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      err += data;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? signal ?? "", out, err }));
    child.stdin.on("error", () => {}); // it did not want to hear it: its end says more
    child.stdin.end(input);
  });
}

/** VS Code gives a hook's command to the usual shell, on Windows to PowerShell. */
function asStarted(command: string, platform: NodeJS.Platform, { ComSpec, SystemRoot }: NodeJS.ProcessEnv) {
  if (platform !== "win32" || !SystemRoot || basename(ComSpec ?? "").toLowerCase() !== "cmd.exe")
    return { file: command, args: [], shell: true };
  const file = join(SystemRoot, "System32", "WindowsPowerShell", "v1.0", "powershell.exe");
  return { file, args: ["-ExecutionPolicy", "Bypass", "-NoProfile", "-NoLogo", "-Command", command], shell: false };
}
