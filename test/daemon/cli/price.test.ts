import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { startBudget, type TestBudget } from "../support/budget.ts";
import { BUNDLE, useShell } from "../support/shell.ts";

describe("the command line's price", function () {
  this.timeout(60_000);
  const shell = useShell();
  const { cli, file } = shell;
  let budget: TestBudget;
  before(async () => {
    budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }] });
  });
  after(() => budget.close());

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
      assert.match(out, /^a request of openai-responses for gpt-5\n\npart +tokens +share\nmessages +~6 +22%\nframe +~21 +77%\n/);
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
    mkdirSync(shell.machine.stateDirectory);
    chmodSync(shell.machine.stateDirectory, 0o777);
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
