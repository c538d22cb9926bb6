import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { connectTo, socketPathOf } from "../../src/daemon/socket.ts";
import { connected, DAEMON, fixture, kill, TestMachine, until } from "./fixtures/machine.ts";
import { request, startBudget, type TestBudget, used } from "./support/budget.ts";

describe("the daemon's life", function () {
  this.timeout(60_000);
  let machine: TestMachine;
  let budget: TestBudget;

  before(async () => {
    budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }] });
  });
  after(() => budget.close());
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.close());

  it("is started by the first client, in files that only their owner can open", async () => {
    const client = machine.client();
    await connected(client);
    assert.deepEqual(client.link, { phase: "connected", place: "process", stateDirectory: machine.stateDirectory });
    assert.equal(client.state?.sync.phase, "signedOut");
    assert.equal(mode(machine.stateDirectory), 0o700);
    for (const name of ["daemon.sock", "daemon.log", "ledger.sqlite", "hook.sh"])
      assert.equal(mode(machine.path(name)), 0o600, name);
  });

  it("is one, however many are started at once over what a killed one has left", async () => {
    // The winner must outlast the slowest starter, alone as it is.
    await machine.close();
    machine = new TestMachine({ linger: 30_000 });
    const killed = machine.run(DAEMON);
    await machine.logged("serves");
    killed.child.kill("SIGKILL");
    await killed.ended;
    for (const name of ["daemon.sock", "daemon.lock"]) assert.ok(lstatSync(machine.path(name)), name);

    const starters = Array.from({ length: 10 }, () => machine.run(DAEMON));
    const ended: (number | string)[] = [];
    const others = Promise.withResolvers<void>();
    for (const { ended: end } of starters)
      void end.then((code) => {
        if (ended.push(code) === 9) others.resolve();
      });
    await others.promise;
    assert.deepEqual(new Set(ended), new Set([0]), starters.map(({ err }) => err).join(""));
    const client = machine.client();
    await connected(client);
    assert.equal(machine.served().length, 2);
    assert.match(readlinkSync(machine.path("daemon.lock")), new RegExp(`^${machine.daemon()}-`));
  });

  it("is one for ten windows that open at once", async () => {
    const clients = Array.from({ length: 10 }, () => machine.client());
    await Promise.all(clients.map(connected));
    assert.equal(machine.served().length, 1);
  });

  it("pushes to every client what one of them changes", async () => {
    const [one, two] = [machine.client(), machine.client()];
    await Promise.all([connected(one), connected(two)]);
    await one.connectAccount(budget.url, budget.token);
    assert.equal(one.state?.sync.phase, "live", "its own change comes before the answer");
    await until(two, () => two.state?.allowances[0]?.name === "Your month");
    await two.disconnectAccount();
    await until(one, () => one.state?.sync.phase === "signedOut");
  });

  it("joins a burst of changes into few pushes", async () => {
    const [one, two] = [machine.client(), machine.client()];
    await Promise.all([connected(one), connected(two)]);
    await one.connectAccount(budget.url, budget.token);
    await until(two, () => two.state?.sync.phase === "live");
    let pushes = 0;
    two.onDidChange(() => pushes++);
    const asked = Array.from({ length: 100 }, () => request());
    const opened = await Promise.all(asked.map((each) => one.open(each)));
    assert.ok(opened.every(({ decision }) => decision === "allow"));
    await Promise.all(asked.map(({ id }) => one.cancel(id)));
    await two.uploads(); // what was pushed before this answer has come
    assert.ok(pushes >= 1 && pushes < 100, `${pushes} pushes for 200 changes`);
  });

  it("is started anew after a kill, and has the account again", async () => {
    const client = machine.client();
    await client.connectAccount(budget.url, budget.token);
    const first = machine.daemon();
    kill(first);
    await until(client, () => client.link.phase === "connecting");
    const asked = client.prices(); // waits for the next daemon
    await until(client, () => client.link.phase === "connected" && client.state?.sync.phase === "live");
    assert.ok((await asked).models.length > 0);
    assert.notEqual(machine.daemon(), first);
    assert.equal(machine.served().length, 2);
    assert.ok(!machine.log().includes(budget.token));
  });

  it("has the person's own budgets again, also where its ledger was lost", async () => {
    const client = machine.client();
    const budgets = [{ limit: "20", unit: "usd", period: "month" } as const];
    await client.configure({ refreshPrices: false, plans: [], budgets });
    assert.equal(client.state?.allowances[0]?.limit, "20");
    kill(machine.daemon());
    await until(client, () => client.link.phase === "connecting");
    for (const name of readdirSync(machine.stateDirectory)) if (/ledger|journal/.test(name)) rmSync(machine.path(name));
    await connected(client);
    assert.equal(client.state?.allowances[0]?.limit, "20");
  });

  it("does not sign in again what another window has signed out", async () => {
    const [one, two] = [machine.client(), machine.client()];
    await Promise.all([connected(one), connected(two)]);
    await one.connectAccount(budget.url, budget.token);
    await two.disconnectAccount();
    await until(one, () => one.state?.sync.phase === "signedOut");
    kill(machine.daemon());
    await until(one, () => one.link.phase === "connecting");
    await connected(one);
    await one.refresh().catch(() => {}); // behind whatever it would have sent to sign in
    assert.equal(one.state?.sync.phase, "signedOut");
  });

  it("answers nobody who has not said hello, and no stack to anybody", async () => {
    const client = machine.client();
    await connected(client);
    const socket = (await connectTo(socketPathOf(machine.stateDirectory)))!;
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "state" });
    socket.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
    let answer = "";
    for await (const part of socket.setEncoding("utf8")) {
      answer += part;
      if (answer.endsWith("}")) break; // header and body may come apart
    }
    assert.match(answer, /say hello first/);
    await assert.rejects(client.connectAccount("not an address", "tb_secret"), (error: Error) => {
      assert.match(error.message, /address/);
      assert.doesNotMatch(error.message, /tb_secret|Request connectAccount|\bat /);
      return true;
    });
  });

  it("stays while a client is connected, and ends in order when the last has been gone for a while", async () => {
    await machine.close();
    machine = new TestMachine({ linger: 300 });
    const run = machine.run(DAEMON);
    await machine.logged("serves");
    const stays = machine.client();
    await connected(stays);
    const goes = machine.client();
    await connected(goes);
    goes.dispose();
    await delay(900); // it must not end meanwhile
    await stays.uploads();
    assert.equal(machine.served().length, 1);
    stays.dispose();
    assert.equal(await run.ended, 0);
    assert.match(machine.log(), /ending: nobody is connected\n.*ended\n$/);
    for (const name of ["daemon.sock", "daemon.lock"]) assert.ok(!existsSync(machine.path(name)), name);
  });

  it("ends by itself when nobody ever comes", async () => {
    await machine.close();
    machine = new TestMachine({ linger: 0 });
    assert.equal(await machine.run(DAEMON).ended, 0);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const)
    it(`ends in order on ${signal}`, async () => {
      const run = machine.run(DAEMON);
      await machine.logged("serves");
      run.child.kill(signal);
      assert.equal(await run.ended, 0);
      assert.match(machine.log(), new RegExp(`ending: ${signal}\n.*ended\n$`));
      for (const name of ["daemon.sock", "daemon.lock"]) assert.ok(!existsSync(machine.path(name)), name);
    });

  it("listens in a short folder when the path of its own is too long for a socket", async () => {
    await machine.close();
    machine = new TestMachine({ folder: "long".repeat(40) });
    const client = machine.client();
    await connected(client);
    const path = socketPathOf(machine.stateDirectory);
    assert.ok(!path.startsWith(machine.stateDirectory) && path.length < 100);
    assert.equal(mode(path), 0o600);
    process.kill(machine.daemon(), "SIGTERM");
    await machine.logged("ended");
  });

  describe("of a newer version", () => {
    const versioned = (version: string) => ({
      version,
      daemonScript: fixture("versionedDaemon.ts"),
      env: { ...machine.env, TEST_DAEMON_VERSION: version },
    });

    it("takes over when the older one has finished what was open", async () => {
      const old = machine.client(versioned("0.1.0"));
      await connected(old);
      const [first, second] = [small(), small()];
      assert.equal((await old.open(first)).decision, "allow");

      const newer = machine.client(versioned("0.2.0"));
      await machine.logged("ending: for a newer version");
      const waiting = old.open(second); // the older one takes it no more
      assert.doesNotMatch(machine.log(), /ended/);
      await old.settle({ id: first.id, usage: used(1_000), usageSource: "provider" });
      await Promise.all([connected(newer), waiting]);
      assert.match(machine.log(), /version 0\.1\.0 serves[\s\S]*ended\n[\s\S]*version 0\.2\.0 serves/);
      assert.equal(machine.served().length, 2);
      await old.cancel(second.id);
    });

    it("is left alone by an older client", async () => {
      const newer = machine.client(versioned("0.2.0"));
      await connected(newer);
      await connected(machine.client(versioned("0.1.0")));
      assert.equal(machine.served().length, 1);
    });
  });
});

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

/** A request that nobody needs to be asked about, signed in or not. */
function small() {
  return request({ ref: { provider: "openai", model: "gpt-5" } });
}
