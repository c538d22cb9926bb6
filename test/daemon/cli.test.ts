import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { PlanSchema } from "../../src/budget/plan/plan.ts";
import { saveHookFailure } from "../../src/daemon/hookFailure.ts";
import { sumOf } from "../../src/daemon/ledger/sum.ts";
import { hookFileText, personalHook } from "../../src/protocol/hookFile.ts";
import { usageOf } from "../../src/wire/usage.ts";
import { connected, type Run, TestMachine } from "./fixtures/machine.ts";
import { request, startBudget, type TestBudget } from "./support/budget.ts";
import { record } from "./support/records.ts";

const CLI = fileURLToPath(new URL("../../src/main/cli.ts", import.meta.url));
const BUNDLE = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));

describe("the command line", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let machine: TestMachine;

  before(async () => {
    budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }] });
  });
  after(() => budget.close());
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.close());

  const cli = async (args: string[], { env = {}, input = "", script = CLI } = {}): Promise<Run & { code: number | string }> => {
    const run = machine.run(script, args, env);
    run.child.stdin!.end(input);
    return Object.assign(run, { code: await run.ended });
  };
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(machine.home, name);
    writeFileSync(path, content);
    return path;
  };

  describe("status", () => {
    it("starts the daemon, and says what to do when nobody is signed in", async () => {
      const { code, out, err } = await cli(["status"]);
      assert.equal(code, 0, err);
      assert.match(
        out,
        /^Not signed in\.\n.*Sign In.*TOKEN_BUDGET_ENDPOINT and TOKEN_BUDGET_TOKEN\.\n.*Set Personal Budget.*\n$/,
      );
      assert.equal(machine.served().length, 1);
    });

    it("signs in by the environment, and shows what is left", async () => {
      const env = { TOKEN_BUDGET_ENDPOINT: `${budget.url}/`, TOKEN_BUDGET_TOKEN: budget.token };
      const first = await cli(["status"], { env });
      assert.equal(first.code, 0, first.err);
      assert.match(first.out, /^Dev \(developer\), team Team .*, http:\/\/127\.0\.0\.1:\d+\nIn sync; figures from /);
      assert.match(first.out, /\n\nYour month {2}░{20} {2}\$0 of \$10 {2}0% {2}resets .* \(in \d+ (h|days)\)\n$/);

      const second = await cli(["status", "--json"]); // the daemon has the account now
      assert.equal(JSON.parse(second.out).account.person.name, "Dev");
      assert.ok(!machine.log().includes(budget.token));
    });

    it("shows where a budget leads and what used it up; and on one line what the meter shows, for a shell's prompt", async () => {
      const client = machine.client();
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
      for (const script of [CLI, BUNDLE]) {
        const line = await cli(["status", "--line"], { script });
        assert.match(line.out, /^\$15 left · 25%( · out .*)?\n$/);
        assert.deepEqual([line.code, line.err], [0, ""]);
      }
      await client.configure({ refreshPrices: false, budgets: [], plans: [plan] });
      assert.equal((await cli(["status", "--line"])).out, "Claude <1%\n");
      await client.configure({ refreshPrices: false, budgets: [], plans: [] });
      assert.deepEqual([(await cli(["status", "--line"])).out, (await cli(["status", "--line"])).code], ["", 0]);
      assert.doesNotMatch(machine.log(), /a cli of version .*\n.*a cli of version/); // a glance is no client
    });

    it("has no line, and starts no daemon for it, where none runs or none answers", async () => {
      const line = async () => {
        const { code, out } = await cli(["status", "--line"]);
        return [code, out];
      };
      assert.deepEqual([await line(), machine.served()], [[1, ""], []]);
      mkdirSync(machine.stateDirectory, { mode: 0o700 });
      const answers = ["HTTP/1.1 400\r\n\r\n", "Content-Length: 9\r\n\r\nno", undefined];
      const silent = createServer((socket) => {
        const answer = answers.shift();
        if (answer) socket.end(answer);
      }).listen(machine.path("daemon.sock"));
      for (let tries = 0; tries < 3; tries++) assert.deepEqual(await line(), [1, ""]);
      silent.close();
    });

    it("lets nothing in the line move the terminal's cursor", async () => {
      mkdirSync(machine.stateDirectory, { mode: 0o700 });
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, result: `\u001b[2J\u009b31m$1 left\n${"x".repeat(500)}` });
      const other = createServer((socket) => socket.end(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`));
      other.listen(machine.path("daemon.sock"));
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
      mkdirSync(machine.stateDirectory);
      chmodSync(machine.stateDirectory, 0o777);
      const { code, out, err } = await cli(["status"]);
      assert.equal(code, 1);
      assert.equal(out, "");
      assert.match(err, /^Token Budget's daemon cannot be reached: .*others may write to it/);
    });
  });

  describe("verify", () => {
    it("compares the ledger with its journal, and fails where they differ", async () => {
      assert.deepEqual((await cli(["verify"])).out, "0 entries, 0 lines of the journal: all is as the journal says.\n");
      const database = new DatabaseSync(machine.path("ledger.sqlite"));
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
      saveHookFailure(machine.stateDirectory, "block");
      assert.equal((await cli(["uninstall"])).code, 0);
      assert.equal(existsSync(machine.stateDirectory), false);
      assert.equal((await cli(["uninstall"])).code, 0, "nothing to do");
      await cli(["status"]);
      writeFileSync(machine.path("letter.txt"), "Dear friend");
      assert.equal((await cli(["uninstall"])).code, 0);
      assert.deepEqual(readdirSync(machine.stateDirectory), ["letter.txt"]);
    });

    it("takes back what guards Copilot Chat, and leaves other hooks and settings as they are", async () => {
      const secret = "a".repeat(32);
      mkdirSync(machine.stateDirectory, { mode: 0o700 });
      writeFileSync(machine.path("telemetry.json"), JSON.stringify({ port: 4318, secret }));
      const hooks = join(machine.home, ".copilot", "hooks");
      mkdirSync(hooks, { recursive: true });
      writeFileSync(join(hooks, "other.json"), "{}");
      writeFileSync(join(hooks, "token-budget.json"), hookFileText(personalHook(machine.path("hook.sh"), false, 1)));
      const settings = file("settings.json", "");
      const telemetry = `"github.copilot.chat.otel.enabled": true,\n  "github.copilot.chat.otel.otlpEndpoint": "http://127.0.0.1:4318/${secret}"`;
      writeFileSync(settings, `{\n  // mine\n  "editor.fontSize": 13,\n  ${telemetry}\n}\n`);
      writeFileSync(machine.path("guarded.json"), JSON.stringify({ settings: [settings, "/nowhere/settings.json"] }));
      assert.equal((await cli(["uninstall"], { env: { HOME: machine.home } })).code, 0);
      assert.deepEqual(readdirSync(hooks), ["other.json"]);
      assert.equal(readFileSync(settings, "utf8"), '{\n  // mine\n  "editor.fontSize": 13\n}\n');
      assert.equal(existsSync(machine.stateDirectory), false);
    });

    it("leaves everything while another editor uses it", async () => {
      const window = machine.client();
      await connected(window);
      const { code, err } = await cli(["uninstall"]);
      assert.deepEqual([code, err], [1, `Another editor uses Token Budget: ${machine.stateDirectory} stays.\n`]);
      assert.ok(existsSync(machine.path("ledger.sqlite")));
    });
  });

  describe("count", () => {
    const TEXT = "Hello, world! 你好 <|endoftext|>\n";
    const count = (tokens: number, encoding = "o200k_base") => ({ encoding, tokens, exact: true, low: tokens, high: tokens });

    it("counts files and standard input, for programs", async () => {
      const path = file("a.txt", TEXT);
      const { code, out } = await cli(["count", "--json", path, "-"], { input: "hello world" });
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(out), [
        { file: path, ...count(13) },
        { file: "-", ...count(2) },
      ]);
      const russian = file("b.txt", "Здравствуйте, 今天天气很好\n");
      const older = await cli(["count", "--encoding", "cl100k_base", "--json", russian]);
      assert.deepEqual(JSON.parse(older.out), [{ file: russian, ...count(17, "cl100k_base") }]); // 7 in o200k_base
    });

    it("does the same from the bundle", async () => {
      const { code, out, err } = await cli(["count", "--model", "openai/gpt-5", "-"], { input: "hello world", script: BUNDLE });
      assert.equal(code, 0, err);
      assert.equal(out, "2  -\n");
      const status = await cli(["status"], { script: BUNDLE });
      assert.match(status.out, /^Not signed in\./);
    });

    it("aligns columns, marks estimates and adds up", async () => {
      const [small, large] = [file("small", "hello world"), file("large", "hello world".repeat(1_000))];
      const { out } = await cli(["count", "--model", "claude-opus-5", small, large]);
      assert.equal(out, `    ~3  (1–8)          ${small}\n~2,960  (2,364–3,707)  ${large}\n~2,963  (2,365–3,715)  total\n`);
    });

    it("names what it cannot count, and counts the others", async () => {
      const good = file("good", "hello world");
      const nul = file("nul", "a\0b");
      const latin = file("latin", Uint8Array.of(0xe9, 0x74, 0xe9));
      const { code, out, err } = await cli(["count", nul, "nowhere", latin, good]);
      assert.equal(code, 1);
      assert.equal(out, `2  ${good}\n`);
      assert.deepEqual(err.trimEnd().split("\n"), [
        `${nul}: is a binary file`,
        "nowhere: no such file",
        `${latin}: is no UTF-8 text`,
      ]);
    });

    it("counts the files of folders that Git does not ignore, and leaves out what is no text", async () => {
      const folder = join(machine.home, "project");
      for (const name of ["src/deep", "build", ".git/info", "vendor"]) mkdirSync(join(folder, name), { recursive: true });
      const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
      write(".gitignore", "build/\n*.log\n!keep.log\n");
      write("src/.gitignore", "/generated.ts\n!debug.log\n");
      write(".git/info/exclude", "vendor\n");
      for (const name of ["build/out.js", "src/generated.ts", "src/deep/a.log", "vendor/x.js", ".git/HEAD"])
        write(name, "ignored");
      for (const name of ["keep.log", "src/debug.log", "src/deep/generated.ts", "src/a.ts", "b.md"]) write(name, "hello world");
      write("src/logo.png", "\0\0");
      const { code, out, err } = await cli(["count", folder]);
      assert.equal(err, "left out 1 file that is no text\n");
      assert.equal(code, 0);
      const files = ["b.md", "keep.log", "src/a.ts", "src/debug.log", "src/deep/generated.ts"];
      const lines = out
        .trimEnd()
        .split("\n")
        .map((line) => line.trim().split(/ +/));
      assert.deepEqual(lines, [
        ["9", join(folder, ".gitignore")],
        ...files.slice(0, 2).map((name) => ["2", join(folder, name)]),
        ["7", join(folder, "src/.gitignore")],
        ...files.slice(2).map((name) => ["2", join(folder, name)]),
        ["26", "total"],
      ]);

      const within = await cli(["count", join(folder, "src", "deep")]);
      assert.match(within.out, /generated\.ts\n$/);
      assert.doesNotMatch(within.out, /a\.log/); // by the rules of the folders above
      const glob = await cli(["count", "--json", join(folder, "**/*.{ts,md}")]);
      assert.deepEqual(
        JSON.parse(glob.out).map((one: { file: string }) => one.file),
        ["b.md", "src/a.ts", "src/deep/generated.ts"].map((name) => join(folder, name)),
      );
      const none = await cli(["count", join(folder, "*.rs")]);
      assert.deepEqual([none.code, none.out, none.err], [1, "", `${join(folder, "*.rs")}: matches no file\n`]);
    });

    it("counts many files in several threads as one after the other, from sources and from the bundle", async () => {
      const folder = join(machine.home, "many");
      mkdirSync(folder);
      const names = Array.from({ length: 300 }, (_, i) => `${String(i).padStart(3, "0")}.txt`);
      for (const [i, name] of names.entries()) writeFileSync(join(folder, name), "hello world\n".repeat(i));
      writeFileSync(join(folder, "bad.bin"), "\0");
      for (const script of [CLI, BUNDLE]) {
        const { code, out, err } = await cli(["count", "--json", folder], { script });
        assert.equal(code, 0, err);
        const expected = names.map((name, i) => ({ file: join(folder, name), ...count(3 * i) }));
        assert.deepEqual(JSON.parse(out), expected);
      }
      const estimate = async (...files: string[]) =>
        JSON.parse((await cli(["count", "--json", "--model", "claude-opus-5", ...files])).out);
      const apart = join(folder, names[299]!);
      const [alone] = await estimate(apart);
      assert.ok(!alone.exact && alone.tokens > 897, JSON.stringify(alone));
      assert.deepEqual((await estimate(folder)).at(-1), alone);
    });

    it("shows only what is over a limit, and tells by its exit code", async () => {
      const [small, large] = [file("small.md", "hello world"), file("large.md", "hello world".repeat(100))];
      const over = await cli(["count", "--over", "100", small, large]);
      assert.deepEqual([over.code, over.out], [3, `200  ${large}\n`]);
      const below = await cli(["count", "--over", "200", small, large]);
      assert.deepEqual([below.code, below.out], [0, ""]);
    });

    it("says what makes no sense", async () => {
      const cases: [string[], RegExp][] = [
        [["--encoding", "o100k_base", "-"], /^unknown encoding: o100k_base \(there are o200k_base, .*cl100k_base, /],
        [["--over", "many", "-"], /Not a whole number/],
        [["--model", "gtp-5", "-"], /^unknown model: gtp-5 /],
        [["--encoding", "o200k_base", "--model", "gpt-5", "-"], /cannot be used with/],
        [[], /missing required argument 'file'/],
        [["--colour", "-"], /unknown option/],
      ];
      for (const [args, message] of cases) {
        const { code, out, err } = await cli(["count", ...args]);
        assert.equal(code, 2, args.join(" "));
        assert.equal(out, "");
        assert.match(err, message);
      }
    });
  });

  describe("price", () => {
    interface Row {
      model: string;
      tokens: { exact: boolean };
      cost: { start: string };
    }
    const rows = (out: string): Row[] => JSON.parse(out);

    it("prices files and standard input as one prompt, for programs", async () => {
      const path = file("a.txt", "hello world".repeat(500));
      const args = ["price", "--json", "--model", "gpt-5", "--model", "claude-opus-5", "--max-output", "100", path, "-"];
      const { code, out, err } = await cli(args, { input: "hello world" });
      assert.equal(code, 0, err);
      const [gpt, claude] = rows(out);
      // 1,000 + 1 (the line between) + 2 tokens in, 100 out: 1,003 x $1.25/M + 100 x $10/M
      assert.deepEqual(gpt, {
        ...{ provider: "openai", model: "gpt-5", name: "GPT-5" },
        tokens: { low: 1_003, likely: 1_003, high: 1_003, exact: true },
        output: { likely: 100, high: 100, worst: 100 },
        cost: { start: "0.00125375", likely: "0.00225375", high: "0.00225375", worst: "0.00225375" },
        ...{ source: "bundled", asOf: "2026-09-23", cheapest: true, exclusions: [], decision: "allow", reasons: [] },
      });
      assert.deepEqual([claude?.model, claude?.tokens.exact], ["claude-opus-5", false]);
    });

    it("compares usual models, cheapest first, and says where the prices are from", async () => {
      const { code, out } = await cli(["price", "-"], { input: "hello world" });
      assert.equal(code, 0);
      const [head, first, ...rest] = out.trimEnd().split("\n");
      assert.match(head!, /^model +tokens +prompt alone +usually +price from$/);
      assert.match(first!, /^openai\/gpt-5-mini +2 +\$0\.0000005 +\$0\.0008–\$0\.004 +cheapest +catalogue of 2026-09-23$/);
      assert.equal(rest.length, 5);
      assert.match(rest.join("\n"), /^openai\/gpt-5 .* 5\.0 times GPT-5 mini /m);
    });

    it("takes the team's models, prices and rules", async () => {
      await budget.pushPolicy({
        allowances: [{ id: "month", name: "Your month", limit: "10" }],
        models: { compared: ["test/one", "gpt-5"], denied: [{ model: "gpt-5", reason: "not for this" }] },
        prices: [{ model: "test/one", input: "1", output: "10" }],
      });
      const env = { TOKEN_BUDGET_ENDPOINT: budget.url, TOKEN_BUDGET_TOKEN: budget.token };
      const { code, out, err } = await cli(["price", "-"], { env, input: "hello world" });
      assert.equal(code, 0, err);
      const today = new Date().toISOString().slice(0, 10);
      assert.match(out, new RegExp(`^test/one .* cheapest +policy 2 of ${today}$`, "m"));
      assert.match(out, /^openai\/gpt-5 .* Your team does not allow gpt-5: not for this +catalogue of /m);
    });

    describe("of a request's JSON body", () => {
      const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
      const chat = {
        model: "gpt-5",
        max_completion_tokens: 100,
        messages: [
          { role: "developer", content: "You are a helpful assistant." },
          { role: "user", content: "Hello!" },
        ],
      };
      const messages = {
        model: "claude-opus-4-8",
        max_tokens: 50,
        system: [{ type: "text", text: "hello world ".repeat(1_000), cache_control: { type: "ephemeral" } }],
        tools: [{ name: "read", description: "Reads.", input_schema: { type: "object" } }],
        messages: [
          {
            role: "user",
            content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } }],
          },
        ],
      };
      const priced = async (args: string[], body: unknown) => {
        const input = typeof body === "string" ? body : JSON.stringify(body);
        const { code, out, err } = await cli(["price", "--json", ...args, "-"], { input });
        assert.equal(code, 0, err);
        return JSON.parse(out);
      };

      it("counts it as its API is billed: 19 tokens for the first example of OpenAI's reference", async () => {
        const { api, model, parts, maxOutput, models } = await priced([], chat);
        assert.deepEqual([api, model, maxOutput], ["openai-chat", "gpt-5", 100]);
        assert.deepEqual(
          parts.map(({ kind, role, tokens }: { kind: string; role?: string; tokens: { likely: number } }) => [
            ...[kind, role, tokens.likely],
          ]),
          [
            ["system", undefined, 10],
            ["message", "user", 6],
            ["frame", undefined, 3],
          ],
        );
        const own = models.find((one: { model: string }) => one.model === "gpt-5");
        // 19 x $1.25/M and 100 x $10/M
        assert.deepEqual([own.tokens.likely, own.tokens.exact, own.cost.worst], [19, true, "0.00102375"]);
        assert.equal(models.length, 6, "the usual models beside its own");
      });

      it("has fixed tokens of tools, pictures by each model's rule, and what the prompt cache costs", async () => {
        const { api, parts, cachedPrefix, models } = await priced(["--model", "claude-opus-4-8", "--model", "gpt-4o"], messages);
        assert.equal(api, "anthropic-messages");
        const kinds = parts.map(({ kind }: { kind: string }) => kind);
        assert.deepEqual(kinds, ["tools", "system", "image", "frame"]);
        assert.ok(parts[0].tokens.low >= 290, "the system prompt that comes with tools");
        assert.equal(parts[2].tokens.likely, 3, "1 for the picture, 2 for its message");
        const { tokens, write, read } = cachedPrefix;
        assert.ok(tokens > 2_000 && Number(write) > 12 * Number(read), JSON.stringify(cachedPrefix));
        const [opus, gpt] = ["claude-opus-4-8", "gpt-4o"].map((name) =>
          models.find((one: { model: string }) => one.model === name),
        );
        assert.ok(!opus.tokens.exact && gpt.tokens.likely > 2_000 + 255);
        assert.equal(opus.output.worst, 50);
      });

      it("is shown with its parts and what is not in it", async () => {
        const body = { model: "gpt-5", input: "hello world", previous_response_id: "resp_1" };
        const { code, out, err } = await cli(["price", "-"], { input: JSON.stringify(body) });
        assert.equal(code, 0, err);
        assert.match(
          out,
          /^a request of openai-responses for gpt-5\n\npart +tokens +share\nmessages +~6 +22%\nframe +~21 +77%\n/,
        );
        assert.match(out, /\nnot counted: the conversation that this request continues\n/);
        assert.match(out, /\nopenai\/gpt-5 +~27 /);
      });

      it("needs a model where only the URL names one", async () => {
        const body = { contents: [{ parts: [{ text: "hello world" }] }] };
        const none = await cli(["price", "-"], { input: JSON.stringify(body) });
        assert.deepEqual([none.code, none.out], [2, ""]);
        assert.match(none.err, /^the request names no model/);
        const { api, models } = await priced(["--model", "gemini-2.5-flash"], body);
        assert.deepEqual([api, models.length, models[0].tokens.exact], ["gemini-generate-content", 1, false]);
      });

      it("is what it looks like, or what it is said to be; other JSON is text", async () => {
        const model = ["--model", "gpt-5"];
        assert.ok(Array.isArray(await priced(model, { name: "a package" })));
        assert.ok(Array.isArray(await priced([...model, "--api", "text"], chat)));
        assert.equal((await priced([...model, "--api", "anthropic-messages"], chat)).api, "anthropic-messages");
        const cases: [string[], string, number, RegExp][] = [
          [["--api", "openai-chat"], "no JSON", 1, /^-: is no JSON object\n$/],
          [
            ["--api", "openai-chat"],
            '{"messages":"secret"}',
            1,
            /^-: Not a request of the Chat Completions API: messages must be array\.\n$/,
          ],
          [["--api", "openai-chat", file("b.json", "{}")], "{}", 1, /^a body of openai-chat is one file, not 2\n$/],
          [["--api", "soap"], "{}", 2, /Allowed choices are openai-chat, /],
        ];
        for (const [args, input, expected, message] of cases) {
          const { code, out, err } = await cli(["price", ...args, "-"], { input });
          assert.deepEqual([code, out], [expected, ""], args.join(" "));
          assert.match(err, message);
        }
      });

      it("is priced at others when its own model's price is not known, and that is said", async () => {
        const { code, out, err } = await cli(["price", "-"], { input: JSON.stringify({ ...chat, model: "my-deployment" }) });
        assert.deepEqual([code, err], [0, "unknown model: my-deployment (its price is not known)\n"]);
        assert.match(out, /^a request of openai-chat for my-deployment\n/);
        assert.match(out, /cheapest/);
      });
    });

    it("does the same from the bundle", async () => {
      const { code, out, err } = await cli(["price", "--json", "--model", "gpt-5", "-"], {
        input: "hello world",
        script: BUNDLE,
      });
      assert.equal(code, 0, err);
      assert.equal(rows(out)[0]?.cost.start, "0.0000025");
    });

    it("prices without a daemon by what came with it, and says so", async () => {
      mkdirSync(machine.stateDirectory);
      chmodSync(machine.stateDirectory, 0o777);
      const { code, out, err } = await cli(["price", "--model", "gpt-5", "-"], { input: "hello world" });
      assert.equal(code, 0);
      assert.match(err, /^without your team's prices, because .*others may write to it/);
      assert.match(out, /openai\/gpt-5 /);
    });

    it("says what makes no sense, and prices nothing then", async () => {
      const cases: [string[], number, RegExp][] = [
        [["--model", "gtp-5", "-"], 2, /^unknown model: gtp-5 \(its price is not known\)\n$/],
        [["--max-output", "many", "-"], 2, /Not a whole number/],
        [[], 2, /missing required argument 'file'/],
        [["nowhere", "-"], 1, /^nowhere: no such file\n$/],
      ];
      for (const [args, expected, message] of cases) {
        const { code, out, err } = await cli(["price", ...args], { input: "hello" });
        assert.deepEqual([code, out], [expected, ""], args.join(" "));
        assert.match(err, message);
      }
    });
  });
});
