import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crashEndpoint } from "../torture/crash/endpoint.ts";
import { embedded, postgresql } from "../torture/crash/stores.ts";
import { runCommand, type Server, startServer } from "./support/server.ts";
import { sharedPostgres } from "./support/stores.ts";
import { call } from "./support/team.ts";

describe("the endpoint as a process", function () {
  this.timeout(300_000); // processes that each make a database
  let folder: string;
  const servers: Server[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tb-endpoint-"));
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
  after(() => rm(folder, { recursive: true, force: true }));

  const serve = async (args: string[], env?: NodeJS.ProcessEnv) => {
    const server = await startServer(args, env);
    servers.push(server);
    return server;
  };

  it("has an embedded folder for itself: a second process is told who has it, a crashed one's lock is taken over", async () => {
    const data = join(folder, "alone");
    const server = await serve(["--data", data]);
    for (const args of [
      ["serve", "--port", "0"],
      ["team", "create", "Ours"],
    ]) {
      const { code, err } = await runCommand([...args, "--data", data]);
      assert.equal(code, 1);
      assert.match(err, new RegExp(`open in process ${server.pid} .*DATABASE_URL`));
      assert.doesNotMatch(err, /\n {4}at /);
    }
    await server.kill();
    assert.ok(existsSync(`${data}.lock`));
    const created = await runCommand(["team", "create", "Ours", "--data", data]);
    assert.deepEqual([created.code, created.err], [0, ""]);
    assert.ok(!existsSync(`${data}.lock`));
  });

  for (const name of ["PGlite", "PostgreSQL"] as const)
    it(`loses nothing that it acknowledged, and has nothing twice, when it is killed at random moments (${name})`, async () => {
      const store = name === "PGlite" ? embedded(join(folder, "killed")) : postgresql(await (await sharedPostgres()).database());
      assert.ok((await crashEndpoint(store, 2, 20_261_125)).acknowledged > 10);
    });

  it("leads a newcomer from nothing to a policy in force, by its own words", async () => {
    const DATABASE_URL = await (await sharedPostgres()).database();
    const env = { DATABASE_URL };
    const run = async (...args: string[]) => {
      const { code, out, err } = await runCommand(args, env);
      assert.equal(code, 0, err);
      return out.trim();
    };
    await run("team", "create", "Ours", "--time-zone", "Europe/Copenhagen");
    await run("person", "add", "--team", "Ours", "--name", "Ada", "--email", "ada@example.com", "--role", "lead");
    const token = await run("token", "create", "--person", "ada@example.com");
    assert.match(token, /^tb_[\w-]{43}$/);
    const server = await serve([], env);
    const remote = { TOKEN_BUDGET_ENDPOINT: server.url, TOKEN_BUDGET_TOKEN: token };
    const file = join(folder, "policy.json");
    const pulled = await runCommand(["policy", "pull", file], remote);
    assert.deepEqual([pulled.code, pulled.err.startsWith("Version 0.")], [0, true]);
    const pushed = await runCommand(["policy", "push", file, "--note", "as it is"], remote);
    assert.equal(pushed.out.trim(), "Version 1 is in force.");
    const stale = await runCommand(["policy", "push", file, "--over", "0"], remote);
    assert.equal(stale.code, 1);
    assert.match(stale.err, /at version 1 now/);
    assert.equal((await runCommand(["policy", "push", file, "--over", "0", "--force"], remote)).code, 0);
    const noPolicy = await runCommand(["policy", "push", join(import.meta.dirname, "..", "..", "tsconfig.json")], remote);
    assert.equal(noPolicy.code, 1);
    assert.match(noPolicy.err, /\/policy\/compilerOptions: unknown field/);
    assert.equal(await run("verify"), "0 allowances, all balances are right.");
    assert.equal(await run("token", "revoke", "ada@example.com"), "Revoked: 1");
    assert.equal((await call(server.url, token, "GET", "/v1/me")).status, 401);
  });

  it("says what is wrong in words, with an exit code", async () => {
    const nowhere = { TOKEN_BUDGET_ENDPOINT: "http://127.0.0.1:1", TOKEN_BUDGET_TOKEN: "tb_x" };
    const cases: [string[], NodeJS.ProcessEnv, number, RegExp][] = [
      [["policy", "pull"], { TOKEN_BUDGET_ENDPOINT: "", TOKEN_BUDGET_TOKEN: "" }, 1, /TOKEN_BUDGET_ENDPOINT/],
      [["policy", "pull"], nowhere, 1, /No endpoint answers/],
      [["policy", "pull"], { ...nowhere, TOKEN_BUDGET_ENDPOINT: "http://example.com" }, 1, /https/],
      [["policy", "push", "/no/such/file"], nowhere, 1, /Cannot read/],
      [["serve"], { DATABASE_URL: "postgres://nobody:secret@127.0.0.1:1/none" }, 1, /Cannot use the database/],
      [["serve", "--port", "many"], {}, 2, /port/i],
      [["dance"], {}, 2, /dance|argument/],
    ];
    for (const [args, env, code, words] of cases) {
      const result = await runCommand(args, env);
      assert.equal(result.code, code, `${args.join(" ")}: ${result.err}`);
      assert.match(result.err, words);
      assert.doesNotMatch(result.err, /secret|\n {4}at /);
    }
  });
});
