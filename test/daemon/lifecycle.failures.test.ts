import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createMessageConnection, type MessageConnection } from "vscode-jsonrpc/node";
import { createBudgetService } from "../../src/daemon/budgetService.ts";
import { loadBudgetService } from "../../src/daemon/client/inHost.ts";
import { socketPathOf } from "../../src/daemon/socket.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import { Daemon, PROTOCOL_VERSION, type State } from "../../src/protocol/daemon.ts";
import { connected, DAEMON, fixture, TestMachine, until } from "./fixtures/machine.ts";
import { startBudget, type TestBudget } from "./support/budget.ts";

describe("when the daemon cannot live", function () {
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

  const failed = async (client: DaemonClient) => {
    await until(client, () => client.link.phase === "failed");
    return client.link.reason ?? "";
  };

  it("goes on inside the client, behind the same interface, where no process can be started", async () => {
    const closed = Promise.withResolvers<void>();
    const client = machine.client({
      execPath: machine.path("no-such-node"),
      inHost: async (stateDirectory) => {
        const service = await createBudgetService({ stateDirectory, log: () => {} });
        return Object.assign(service, { close: () => Object.getPrototypeOf(service).close.call(service).then(closed.resolve) });
      },
    });
    await connected(client);
    assert.equal(client.link.place, "host");
    assert.equal((await client.connectAccount(budget.url, budget.token)).phase, "live");
    assert.equal(client.state?.allowances[0]?.name, "Your month");
    assert.deepEqual(machine.served(), []);
    client.dispose();
    await closed.promise; // or the ledger would stay open
  });

  it("has the service for that in the daemon's own script, which starts nothing when it is loaded", async () => {
    mkdirSync(machine.stateDirectory, { mode: 0o700 });
    const { stateDirectory } = machine;
    const service = await loadBudgetService(DAEMON, { stateDirectory, version: "0.1.0", log: () => {} });
    assert.equal(service.state().sync.phase, "signedOut");
    await service.close();
    assert.equal(machine.log(), "");
  });

  it("has the account again, though its successor says first that nobody is signed in", async () => {
    mkdirSync(machine.stateDirectory, { mode: 0o700 });
    const signedIn = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const connections: MessageConnection[] = [];
    const server = createServer((stream) => {
      const number = connections.length;
      const connection = createMessageConnection(stream, stream);
      connections.push(connection);
      const state = { sync: { phase: "signedOut" }, grants: [] } as unknown as State;
      const hello = {
        protocol: PROTOCOL_VERSION,
        version: "0.1.0",
        pid: 1,
        startedAt: "",
        stateDirectory: machine.stateDirectory,
      };
      connection.onRequest(Daemon.hello, () => {
        setImmediate(() => void connection.sendNotification(Daemon.stateChanged, { fields: state, gone: [] }));
        return { ...hello, others: 0, outdated: false };
      });
      connection.onRequest(Daemon.state, () => state);
      connection.onRequest(Daemon.connectAccount, () => {
        void connection.sendNotification(Daemon.stateChanged, { fields: { sync: { phase: "live" } }, gone: [] });
        signedIn[number]!.resolve();
        return { phase: "live" as const };
      });
      connection.listen();
    });
    await new Promise<void>((resolve) => server.listen(socketPathOf(machine.stateDirectory), resolve));
    const client = machine.client();
    await client.connectAccount("https://budget.example", "token");
    await signedIn[0]!.promise;
    await until(client, () => client.state?.sync.phase === "live");
    connections[0]!.end();
    await signedIn[1]!.promise;
    client.dispose();
    server.close();
  });

  it("says why it does not start, and so does every request", async () => {
    const client = machine.client({ daemonScript: fixture("brokenDaemon.ts") });
    const waiting = assert.rejects(client.uploads(), /the disk is on fire/);
    assert.match(await failed(client), /^Error: the disk is on fire \(the daemon ended with code 1\)$/);
    await waiting;
    await assert.rejects(client.refresh(), /the disk is on fire/);
  });

  it("is tried again at once when somebody asks for that", async () => {
    const daemonScript = join(machine.home, "daemon.ts");
    writeFileSync(daemonScript, 'throw new Error("the disk is on fire");');
    const client = machine.client({ daemonScript });
    await failed(client);
    rmSync(daemonScript);
    symlinkSync(DAEMON, daemonScript);
    assert.equal((await client.refresh()).phase, "signedOut");
    assert.equal(client.link.phase, "connected");
  });

  it("says why it ends again and again, and which request did not survive it", async () => {
    const client = machine.client({ daemonScript: fixture("shortDaemon.ts") });
    const first = await client.prices().catch((error: Error) => error);
    assert.match(String(first), /the prices are upside down|ended 3 times before it answered/);
    assert.match(await failed(client), /the prices are upside down/);
    assert.equal(machine.served().length, 3);
  });

  it("refuses a state directory that belongs to somebody else, or that others may write to", async () => {
    const foreign = process.getuid?.() === 0 ? join(machine.home, "foreign") : "/usr";
    if (process.getuid?.() === 0) {
      mkdirSync(foreign, { mode: 0o777 });
      chownSync(foreign, 12_345, 12_345);
    }
    assert.match(await failed(machine.client({ stateDirectory: foreign })), /it belongs to somebody else/);
    const run = machine.run(DAEMON, [], { TOKEN_BUDGET_STATE_DIR: foreign });
    assert.equal(await run.ended, 1);
    assert.match(run.err, /it belongs to somebody else. Set TOKEN_BUDGET_STATE_DIR/);

    const open = join(machine.home, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    assert.match(await failed(machine.client({ stateDirectory: open })), /others may write to it/);
  });

  it("gives a dead daemon's lock to one of those who race for it", async () => {
    const locks = Array.from({ length: 300 }, (_, index) => join(machine.home, `lock-${index}`));
    for (const path of locks) symlinkSync("999999999-1@nowhere", path);
    const racers = Array.from({ length: 6 }, () => machine.run(fixture("lockRacer.ts")));
    const lines = racers.map(({ child }) => createInterface({ input: child.stdout! })[Symbol.asyncIterator]());
    for (const line of lines) assert.equal((await line.next()).value, "ready");
    for (const { child } of racers) child.stdin!.write(`${JSON.stringify(locks)}\n`);
    const won = (await Promise.all(lines.map(async (line) => JSON.parse((await line.next()).value!) as string[]))).flat();
    for (const { child } of racers) child.stdin!.end();
    await Promise.all(racers.map(({ ended }) => ended));
    assert.deepEqual(won.toSorted(), locks.toSorted());
  });
});
