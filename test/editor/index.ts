import { format } from "node:util";
import Mocha from "mocha";
import CountingReporter, { reportMark } from "../../scripts/testing/reporter.ts";

/**
 * Runs the editor tests inside an extension host.
 * @param load evaluates the test files; called when Mocha's `describe` and `it` are in place
 * @throws when a test failed, or none ran
 */
export async function run(load: () => void): Promise<void> {
  const print = (...words: unknown[]) => console.log(reportMark + format(...words));
  Mocha.reporters.Base.consoleLog = print;
  const color = Boolean(process.env.FORCE_COLOR);
  const mocha = new Mocha({
    ui: "bdd",
    timeout: 60_000,
    reporter: CountingReporter,
    forbidOnly: true,
    forbidPending: true,
    color,
  });
  mocha.suite.emit("pre-require", globalThis, "editor tests", mocha);
  try {
    load();
  } catch (error) {
    print(error);
    throw error;
  }
  const { passes, failures } = await new Promise<Mocha.Stats>((ended) => {
    const runner: Mocha.Runner = mocha.run(() => ended(runner.stats!));
  });
  print(`${passes} passed, ${failures} failed`);
  if (failures > 0) throw new Error(`${failures} editor tests failed`);
  if (passes === 0) throw new Error("no editor test ran");
}
