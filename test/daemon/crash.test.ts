import assert from "node:assert/strict";
import { crashDaemon } from "../torture/crash/daemon.ts";
import { startBudget, type TestBudget } from "./support/budget.ts";

/** A sample of `npm run torture -- crash`. */
describe("a daemon that is killed at random moments of hold, send, settle and sync", function () {
  this.timeout(120_000);
  let budget: TestBudget;
  before(async () => {
    budget = await startBudget({ allowances: [{ id: "month", name: "Month", limit: "1000" }], confirm: {} });
  });
  after(() => budget.close());

  it("books all that left the machine once: at its cost, or marked as uncertain at its whole hold", async () => {
    const { sent, uncertain } = await crashDaemon(budget.books(), 5, 20_261_125);
    assert.ok(sent > 20 && uncertain > 0, `${sent} sent, ${uncertain} uncertain`);
  });
});
