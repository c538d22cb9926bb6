import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAmount } from "../../src/budget/money.ts";
import { PolicySchema } from "../../src/budget/policy.ts";
import { Admin } from "../../src/endpoint/admin.ts";
import { openPglite } from "../../src/endpoint/store/pglite.ts";
import { openPostgres } from "../../src/endpoint/store/postgres.ts";
import type { Store } from "../../src/endpoint/store/store.ts";
import { runCommand, type Server, startServer } from "./support/server.ts";
import { sharedPostgres } from "./support/stores.ts";
import { call, entryOf, type Member, startMachine, type TestMachine } from "./support/team.ts";

const POLICY = {
  allowances: [
    { id: "month", name: "Month", limit: "1000" },
    { id: "pool", name: "Pool", per: "team", limit: "5000" },
  ],
  prices: [{ model: "test/one", input: "1", output: "10" }],
};

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

  for (const name of ["PGlite", "PostgreSQL"] as const) {
    it(`loses nothing that it acknowledged when it is killed (${name})`, async () => {
      const url = name === "PostgreSQL" ? await (await sharedPostgres()).database() : undefined;
      const data = join(folder, "killed");
      const open = () => (url === undefined ? openPglite(data) : openPostgres(url));
      const start = () => (url === undefined ? serve(["--data", data]) : serve([], { DATABASE_URL: url }));
      const members = await withStore(await open(), async (store) => {
        const admin = await Admin.over(store);
        const { id } = await admin.createTeam({ name: "Ours" });
        await admin.pushPolicy(id, PolicySchema.parse(POLICY), { author: "A lead" });
        return Promise.all(Array.from({ length: 6 }, (_, i) => addMember(admin, id, i)));
      });
      const acknowledged = new Map<string, { spent: bigint; granted: bigint }>();
      const entries: string[] = [];
      const server = await start();
      const machines = await Promise.all(members.map((member) => startMachine(server.url, member)));
      const enough = Promise.withResolvers<void>();
      const work = machines.map((machine) =>
        report(machine, (id, spent, granted, ids) => {
          acknowledged.set(id, { spent, granted });
          entries.push(...ids);
          if (entries.length > 40) enough.resolve();
        }),
      );
      await enough.promise;
      await server.kill(); // in the middle of other messages
      await Promise.all(work);
      await withStore(await open(), async (store) => {
        const rows = await store.query<{ id: string; spent: string; granted: string }>("select id, spent, granted from advance");
        const book = new Map(rows.map((row) => [row.id, row]));
        for (const [id, { spent, granted }] of acknowledged) {
          assert.ok(BigInt(book.get(id)!.spent) >= spent, "an acknowledged spend is in the book");
          assert.ok(BigInt(book.get(id)!.granted) >= granted, "a grant that the machine saw is in the book");
        }
        const known = await store.query<{ id: string }>("select id from entry where id = any($1::uuid[])", [entries]);
        assert.equal(known.length, entries.length);
        assert.deepEqual((await (await Admin.over(store)).verify()).differences, []);
      });
    });
  }

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

/** Reports one settled request after another until the server is gone, and says what was acknowledged. */
async function report(
  machine: TestMachine,
  acknowledge: (advance: string, spent: bigint, granted: bigint, entries: string[]) => void,
): Promise<void> {
  let granted = "0";
  for (let seq = 1; ; seq++) {
    const entry = entryOf({ input: 10_000, at: new Date().toISOString(), allowances: machine.keys });
    const spent = String(seq / 100);
    const answer = await machine.sync({ seq, granted, spent, want: "0.05", entries: [entry] }).catch(() => undefined);
    if (answer === undefined) return;
    assert.equal(answer.status, 200);
    granted = answer.body.granted;
    acknowledge(machine.advance, parseAmount(spent), parseAmount(granted), answer.body.entries);
  }
}

async function addMember(admin: Admin, team: string, index: number): Promise<Member> {
  const person = await admin.addPerson({ team, name: `Dev ${index}`, email: `dev${index}@example.com`, role: "developer" });
  return { ...person, token: (await admin.createToken(person.id)).token };
}

async function withStore<T>(store: Store, work: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
