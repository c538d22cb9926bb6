import assert from "node:assert/strict";
import { createOwnConnector } from "../../src/daemon/network/own.ts";
import type { Network } from "../../src/protocol/network.ts";
import { type Machine, request, startBudget, type TestBudget, used } from "./support/budget.ts";
import { CERTIFICATE, type Listening, startConnectProxy, startTlsFront } from "./support/tls.ts";

describe("the daemon on a company's network", function () {
  this.timeout(60_000);
  const PLAIN: Network = { noProxy: [], strictProxy: true, systemCertificates: false };
  let budget: TestBudget;
  let front: Listening;
  let proxy: Awaited<ReturnType<typeof startConnectProxy>>;
  let machine: Machine;

  beforeEach(async () => {
    budget = await startBudget({ allowances: [{ id: "month", name: "Your month", limit: "10" }], confirm: {} });
    front = await startTlsFront(budget.url);
    proxy = await startConnectProxy();
    machine = await budget.machine(undefined, { network: createOwnConnector(() => {}) });
  });
  afterEach(async () => {
    await budget.close();
    await Promise.all([front.close(), proxy.close()]);
  });
  const companyUrl = () => `https://budget.example.test:${front.port}`;
  const through = () => ({ ...PLAIN, proxy: `http://127.0.0.1:${proxy.port}` });

  it("reaches the endpoint through the editor's proxy, and trusts the company's certificates", async () => {
    await machine.service.useNetwork({ ...through(), certificateFile: CERTIFICATE });
    await machine.signIn(companyUrl());
    assert.deepEqual([...new Set(proxy.connects)], [`budget.example.test:${front.port}`]);
    const asked = request({ output: 10_000 });
    assert.equal((await machine.service.open(asked, "window")).decision, "allow");
    await machine.service.sent(asked.id);
    await machine.service.settle({ id: asked.id, usage: used(10_000), usageSource: "provider" });
    await machine.service.refresh();
    assert.equal((await budget.me()).allowances[0]!.spend, "0.1");
  });

  it("trusts nobody else: without the certificate it is offline, and says why", async () => {
    await machine.service.useNetwork(through());
    const { phase, reason } = await machine.service.connectAccount(companyUrl(), budget.token);
    assert.equal(phase, "offline");
    assert.match(reason!, /certificate/);
  });

  it("tries again at once when a window tells of another way", async () => {
    await machine.service.useNetwork(through());
    assert.equal((await machine.service.connectAccount(companyUrl(), budget.token)).phase, "offline");
    const live = machine.until(({ sync }) => sync.phase === "live");
    await machine.service.useNetwork({ ...through(), certificateFile: CERTIFICATE });
    await live;
  });

  it("takes no proxy to this machine, nor to hosts that are to be reached without it", async () => {
    await machine.service.useNetwork({ ...through(), noProxy: [".example.test"] });
    await machine.signIn();
    await machine.service.disconnectAccount();
    assert.equal((await machine.service.connectAccount(companyUrl(), budget.token)).phase, "offline");
    assert.deepEqual(proxy.connects, []);
  });

  it("goes on without a proxy whose address makes no sense, and keeps its password to itself", async () => {
    const log: string[] = [];
    const connector = createOwnConnector((line) => log.push(line));
    connector.use({ ...PLAIN, proxy: "http//user:secret@nowhere" });
    assert.equal((await connector.fetch(`${budget.url}/healthz`)).status, 200);
    assert.equal(log.length, 1);
    assert.doesNotMatch(log[0]!, /secret/);
  });
});
