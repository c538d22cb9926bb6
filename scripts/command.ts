import { spawn } from "node:child_process";

/** Takes one progress line for the person who waits. */
export type Log = (line: string) => void;

const isWindows = process.platform === "win32";

/**
 * Runs a program to its end and returns its standard output. `env` is added to this process's environment.
 * @throws when it cannot be started or fails, with the end of what it printed
 */
export async function command(
  program: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  // npm and npx are .cmd files on Windows, which only a shell can start.
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...outsideNpm(), ...options.env },
    shell: isWindows,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let everything = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
    everything += chunk;
  });
  child.stderr.on("data", (chunk) => {
    everything += chunk;
  });
  const shown = [program, ...args].join(" ");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`Could not run "${shown}": ${error.message}`)));
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`"${shown}" failed with code ${code}:\n${everything.trim().slice(-2000)}`);
  return out;
}

/** Runs `work` between two progress lines, the second with the seconds that it took. */
export async function step<T>(log: Log, what: string, work: () => Promise<T>): Promise<T> {
  log(`${what} …`);
  const start = performance.now();
  const result = await work();
  log(`${what}: done in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return result;
}

/** This process's environment without what `npm run` adds about this package: an npm in another folder would act on it. */
function outsideNpm(): NodeJS.ProcessEnv {
  const own = /^npm_(package|lifecycle)_|^npm_config_(local_prefix|global_prefix|prefix)$|^INIT_CWD$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
