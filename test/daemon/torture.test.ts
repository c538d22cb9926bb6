import { spoiltAnswers } from "../torture/answers.ts";
import { nonsense } from "../torture/hooks.ts";
import { torture as machineTorture } from "../torture/machine.ts";
import { scenarios } from "../torture/network.ts";

/** Samples of what `npm run torture` does at full count. */
describe("the daemon in a bad world", function () {
  this.timeout(120_000);
  const log = () => {};

  it("books what was spent, and leaves no money behind, over TLS on a line that delays, cuts, resets, truncates and corrupts", () =>
    scenarios({ seed: 1, count: 8, log }));

  it("says how it stands, and keeps the last good figures, whatever the endpoint answers", () =>
    spoiltAnswers({ seed: 1, count: 100, log }));

  it("answers every hook, and books what was reported well once, whatever hooks and telemetry say", () =>
    nonsense({ seed: 1, count: 300, log }));

  it("loses nothing and has nothing twice, with four processes at once and ten windows that reload", () =>
    machineTorture({ seed: 1, count: 200, log }));
});
