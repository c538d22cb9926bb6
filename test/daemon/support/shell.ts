import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Run, TestMachine } from "../fixtures/machine.ts";

const CLI = fileURLToPath(new URL("../../../src/main/cli.ts", import.meta.url));
export const BUNDLE = fileURLToPath(new URL("../../../dist/cli.cjs", import.meta.url));
export const SCRIPTS = [CLI, BUNDLE];

/** A shell on a machine of its own for each test of a suite. */
export function useShell() {
  let machine: TestMachine;
  const shell = {
    get machine() {
      return machine;
    },
    /** Runs the command line to its end. */
    async cli(args: string[], { env = {}, input = "", script = CLI } = {}): Promise<Run & { code: number | string }> {
      const run = machine.run(script, args, env);
      run.child.stdin!.end(input);
      return Object.assign(run, { code: await run.ended });
    },
    /** Writes a file, and answers where it is. */
    file(name: string, content: string | Uint8Array): string {
      const path = join(machine.home, name);
      writeFileSync(path, content);
      return path;
    },
  };
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.close());
  return shell;
}
