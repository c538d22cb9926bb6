import { writeFileSync } from "node:fs";
import Mocha, { type MochaOptions, type Runner } from "mocha";

/** How a suite came out. */
export interface Counts {
  passed: number;
  failed: number;
  /** Skipped tests. */
  pending: number;
}

/** Names the file for the counts. An environment variable, so that it reaches the inside of an extension host too. */
export const countsFileVariable = "TOKEN_BUDGET_TEST_COUNTS";

/** Begins what the tests report from inside an extension host, whose console VS Code itself fills; invisible where it is not taken off. */
export const reportMark = "\u2060";

/** Mocha's usual report for people; besides, the counts as JSON in a file, written only when the run came to its end. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const file = process.env[countsFileVariable];
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const counts: Counts = { passed: passes, failed: failures, pending };
      if (file) writeFileSync(file, JSON.stringify(counts));
    });
  }
}
