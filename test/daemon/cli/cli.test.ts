import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PlanSchema } from "../../../src/budget/plan/plan.ts";
import { saveHookFailure } from "../../../src/daemon/hookFailure.ts";
import { sumOf } from "../../../src/daemon/ledger/sum.ts";
import { hookFileText, personalHook } from "../../../src/protocol/hookFile.ts";
import { usageOf } from "../../../src/wire/usage.ts";
import { connected } from "../fixtures/machine.ts";
import { request, startBudget, type TestBudget } from "../support/budget.ts";
import { record } from "../support/records.ts";
import { SCRIPTS, useShell } from "../support/shell.ts";

describe("the command line", function () {
  this.timeout(60_000);
  const shell = useShell();
  const { cli, file } = shell;
  let budget: TestBudget;
  before(async () => {
    budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }] });
  });
  after(() => budget.close());

  describe("status", () => {
    it("starts the daemon, and says what to do when nobody is signed in", async () => {
      const { code, out, err } = await cli(["status"]);
      assert.equal(code, 0, err);
      assert.match(
        out,
        /^Not signed in\.\n.*Sign In.*TOKEN_BUDGET_ENDPOINT and TOKEN_BUDGET_TOKEN\.\n.*Set Personal Budget.*\n$/,
      );
      assert.equal(shell.machine.served().length, 1);
    });

    it("signs in by the environment, and shows what is left", async () => {
      const env = { TOKEN_BUDGET_ENDPOINT: `${budget.url}/`, TOKEN_BUDGET_TOKEN: budget.token };
      const first = await cli(["status"], { env });
      assert.equal(first.code, 0, first.err);
      assert.match(first.out, /^Dev \(developer\), team Team .*, http:\/\/127\.0\.0\.1:\d+\nIn sync; figures from /);
      assert.match(first.out, /\n\nYour month {2}░{20} {2}\$0 of \$10 {2}0% {2}resets .* \(in \d+ (h|days)\)\n$/);

      const second = await cli(["status", "--json"]); // the daemon has the account now
      assert.equal(JSON.parse(second.out).account.person.name, "Dev");
      assert.ok(!shell.machine.log().includes(budget.token));
    });

    it("shows where a budget leads and what used it up; and on one line what the meter shows, for a shell's prompt", async () => {
      const client = shell.machine.client();
      const plan = PlanSchema.parse({ name: "Claude", models: ["anthropic/*"], window: "week", limit: "200" });
      const budgets = [{ limit: "20", unit: "usd" as const, period: "day" as const }];
      await client.configure({ refreshPrices: false, budgets, plans: [plan] });
      for (const [provider, model] of [
        ["openai", "gpt-5"],
        ["anthropic", "claude-opus-5"],
      ] as const) {
        const asked = request({ input: 1_000, ref: { provider, model } });
        const confirmed = { cost: "20", reasons: [] };
        assert.equal((await client.open({ ...asked, confirmed })).decision, "allow");
        await client.settle({ id: asked.id, usage: usageOf({ output: 500_000 }), usageSource: "provider" });
      }
      const { out } = await cli(["status"]);
      assert.match(out, /^Your own budget; not signed in to a team\.\n\nYour day +█{5}░{15} {2}\$5\.00 of \$20 +25% {2}resets /);
      assert.match(out, /\nClaude: week +█░{19} {2}1 of 200 requests seen here +<1% {2}resets .* \(in 7 days\)\n/);
      assert.match(out, /\n\nLast 14 days {2}·{13}█ {2}\$5\.00, today \$5\.00; mostly gpt-5 100%, claude-opus-5 0%\n/);
      for (const script of SCRIPTS) {
        const line = await cli(["status", "--line"], { script });
        assert.match(line.out, /^\$15 left · 25%( · out .*)?\n$/);
        assert.deepEqual([line.code, line.err], [0, ""]);
      }
      await client.configure({ refreshPrices: false, budgets: [], plans: [plan] });
      assert.equal((await cli(["status", "--line"])).out, "Claude <1%\n");
      await client.configure({ refreshPrices: false, budgets: [], plans: [] });
      assert.deepEqual([(await cli(["status", "--line"])).out, (await cli(["status", "--line"])).code], ["", 0]);
      assert.doesNotMatch(shell.machine.log(), /a cli of version .*\n.*a cli of version/); // a glance is no client
    });

    it("has no line, and starts no daemon for it, where none runs or none answers", async () => {
      const line = async () => {
        const { code, out } = await cli(["status", "--line"]);
        return [code, out];
      };
      assert.deepEqual([await line(), shell.machine.served()], [[1, ""], []]);
      mkdirSync(shell.machine.stateDirectory, { mode: 0o700 });
      const answers = ["HTTP/1.1 400\r\n\r\n", "Content-Length: 9\r\n\r\nno", undefined];
      const silent = createServer((socket) => {
        const answer = answers.shift();
        if (answer) socket.end(answer);
      }).listen(shell.machine.path("daemon.sock"));
      for (let tries = 0; tries < 3; tries++) assert.deepEqual(await line(), [1, ""]);
      silent.close();
    });

    it("lets nothing in the line move the terminal's cursor", async () => {
      mkdirSync(shell.machine.stateDirectory, { mode: 0o700 });
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, result: `\u001b[2J\u009b31m$1 left\n${"x".repeat(500)}` });
      const other = createServer((socket) => socket.end(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`));
      other.listen(shell.machine.path("daemon.sock"));
      const { out } = await cli(["status", "--line"]);
      assert.equal(out, `${`[2J31m$1 left${"x".repeat(500)}`.slice(0, 120)}\n`);
      other.close();
    });

    it("tells that the endpoint refused the token, or is no address, without showing it", async () => {
      const refused = await cli(["status"], { env: { TOKEN_BUDGET_ENDPOINT: budget.url, TOKEN_BUDGET_TOKEN: "tb_wrong" } });
      assert.equal(refused.code, 0);
      assert.match(refused.out, /The endpoint refused to let you in: ./);
      const senseless = await cli(["status"], { env: { TOKEN_BUDGET_ENDPOINT: "nowhere", TOKEN_BUDGET_TOKEN: "tb_wrong" } });
      assert.match(senseless.err, /^cannot sign in: /);
      for (const { out, err } of [refused, senseless]) assert.doesNotMatch(out + err, /tb_wrong/);
    });

    it("fails with the reason when there is no daemon", async () => {
      mkdirSync(shell.machine.stateDirectory);
      chmodSync(shell.machine.stateDirectory, 0o777);
      const { code, out, err } = await cli(["status"]);
      assert.equal(code, 1);
      assert.equal(out, "");
      assert.match(err, /^Token Budget's daemon cannot be reached: .*others may write to it/);
    });
  });

  describe("verify", () => {
    it("compares the ledger with its journal, and fails where they differ", async () => {
      assert.deepEqual((await cli(["verify"])).out, "0 entries, 0 lines of the journal: all is as the journal says.\n");
      const database = new DatabaseSync(shell.machine.path("ledger.sqlite"));
      const body = JSON.stringify(record("r1"));
      database.prepare("INSERT INTO request (id, body, sent, sum) VALUES ('r1', ?, 0, ?)").run(body, sumOf("r1", body, 0));
      database.close();
      const { code, out } = await cli(["verify"]);
      assert.deepEqual(
        [code, out],
        [3, "request r1 is not open by the journal\n0 entries, 0 lines of the journal: differences: 1.\n"],
      );
    });
  });

  describe("uninstall", () => {
    it("ends the daemon and leaves nothing behind, but what is not ours", async () => {
      await cli(["status"]);
      saveHookFailure(shell.machine.stateDirectory, "block");
      assert.equal((await cli(["uninstall"])).code, 0);
      assert.equal(existsSync(shell.machine.stateDirectory), false);
      assert.equal((await cli(["uninstall"])).code, 0, "nothing to do");
      await cli(["status"]);
      writeFileSync(shell.machine.path("letter.txt"), "Dear friend");
      assert.equal((await cli(["uninstall"])).code, 0);
      assert.deepEqual(readdirSync(shell.machine.stateDirectory), ["letter.txt"]);
    });

    it("takes back what guards Copilot Chat, and leaves other hooks and settings as they are", async () => {
      const secret = "a".repeat(32);
      mkdirSync(shell.machine.stateDirectory, { mode: 0o700 });
      writeFileSync(shell.machine.path("telemetry.json"), JSON.stringify({ port: 4318, secret }));
      const hooks = join(shell.machine.home, ".copilot", "hooks");
      mkdirSync(hooks, { recursive: true });
      writeFileSync(join(hooks, "other.json"), "{}");
      writeFileSync(join(hooks, "token-budget.json"), hookFileText(personalHook(shell.machine.path("hook.sh"), false, 1)));
      const settings = file("settings.json", "");
      const telemetry = `"github.copilot.chat.otel.enabled": true,\n  "github.copilot.chat.otel.otlpEndpoint": "http://127.0.0.1:4318/${secret}"`;
      writeFileSync(settings, `{\n  // mine\n  "editor.fontSize": 13,\n  ${telemetry}\n}\n`);
      writeFileSync(shell.machine.path("guarded.json"), JSON.stringify({ settings: [settings, "/nowhere/settings.json"] }));
      assert.equal((await cli(["uninstall"], { env: { HOME: shell.machine.home } })).code, 0);
      assert.deepEqual(readdirSync(hooks), ["other.json"]);
      assert.equal(readFileSync(settings, "utf8"), '{\n  // mine\n  "editor.fontSize": 13\n}\n');
      assert.equal(existsSync(shell.machine.stateDirectory), false);
    });

    it("leaves everything while another editor uses it", async () => {
      const window = shell.machine.client();
      await connected(window);
      const { code, err } = await cli(["uninstall"]);
      assert.deepEqual([code, err], [1, `Another editor uses Token Budget: ${shell.machine.stateDirectory} stays.\n`]);
      assert.ok(existsSync(shell.machine.path("ledger.sqlite")));
    });
  });
});
