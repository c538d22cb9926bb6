import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { duplexPair } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import { greet } from "../../src/daemon/client/peer.ts";
import { rpcOver } from "../../src/daemon/rpc.ts";
import { Hub } from "../../src/daemon/server/hub.ts";
import {
  Daemon,
  type OpenRequest,
  PROTOCOL_VERSION,
  type Settlement,
  type State,
  type StateChange,
} from "../../src/protocol/daemon.ts";
import { type Machine, PRICES, request, startBudget, type TestBudget, used } from "./support/budget.ts";

const end = ({ id }: OpenRequest): Settlement => ({ id, usage: used(500), usageSource: "provider" });

/** What crosses of a state, but for the clocks' difference, which is never the same twice. */
const shown = ({ clockSkew: _, ...state }: State) => JSON.parse(JSON.stringify(state));

const ALLOWANCES = [{ id: "month", name: "Your month", limit: "10" }];
const HELLO = { version: "0.1.0", kind: "window" } as const;

describe("a client's snapshot", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let machine: Machine;
  let hub: Hub;

  beforeEach(async () => {
    budget = await startBudget({ allowances: ALLOWANCES });
    machine = await budget.machine();
    await machine.signIn();
    const { service, stateDirectory } = machine;
    hub = new Hub({ service, version: "0.1.0", stateDirectory, log() {}, onHandOver() {}, onClients() {} });
  });
  afterEach(async () => {
    await hub.close();
    await budget.close();
  });

  function accepted() {
    const [here, there] = duplexPair();
    hub.accept(there);
    return here;
  }

  async function window() {
    const peer = await greet(accepted(), "host", HELLO);
    const news = new EventEmitter();
    const window = {
      ask: peer.connection.sendRequest.bind(peer.connection),
      state: await peer.state(),
      toldMore: () => once(news, "told"),
    };
    peer.onState((state) => {
      window.state = state;
      news.emit("told");
    });
    return window;
  }

  it("is whole at first; then only what a request has changed is told, and no answer waits for that", async () => {
    const connection = rpcOver(accepted());
    const news = new EventEmitter();
    const told: StateChange[] = [];
    connection.onNotification(Daemon.stateChanged, (change) => {
      told.push(change);
      news.emit("told");
    });
    connection.listen();
    await connection.sendRequest(Daemon.hello, { protocol: PROTOCOL_VERSION, ...HELLO });
    const asked: OpenRequest = request();
    await connection.sendRequest(Daemon.open, asked);
    while (told.length === 0) await once(news, "told");
    for (const name of Object.keys(machine.service.state())) assert.ok(name in told[0]!.fields, name);

    told.length = 0;
    await connection.sendRequest(Daemon.settle, end(asked));
    const isSettled = ({ fields }: StateChange) => fields.pending?.entries === 1;
    assert.ok(!told.some(isSettled));
    while (!told.some(isSettled)) await once(news, "told");
    const names = told.flatMap(({ fields, gone }) => [...Object.keys(fields), ...gone]);
    assert.ok(names.includes("allowances"), names.join());
    for (const name of ["policy", "account", "plans", "priceRef"]) assert.ok(!names.includes(name), name);
    connection.dispose();
  });

  it("is all of it also for one that comes late, and for one that is told of changes alone", async () => {
    const early = await window();
    const asked = request();
    await early.ask(Daemon.open, asked);
    await early.ask(Daemon.settle, end(asked));
    const late = await window();
    for (const one of [early, late])
      while (!isDeepStrictEqual(shown(one.state), shown(machine.service.state()))) await one.toldMore();
  });

  it("has what was heard while a request was judged before who sent it is asked or told why not", async () => {
    const { service } = machine;
    await budget.pushPolicy({ prices: PRICES, allowances: ALLOWANCES, block: { cost: "0.001" } });
    await machine.until(({ policy }) => policy.version === 2);
    const one = await window();
    const { open } = service;
    service.open = async (...asked) => {
      await service.takeAlong({ amount: "2", hours: 1 }); // stands for figures or rules that come from the endpoint
      return open.apply(service, asked);
    };
    assert.equal((await one.ask(Daemon.open, request())).decision, "block");
    assert.equal(one.state.travel?.amount, "2");
  });

  it("loses what there is no more", async () => {
    const [one, other] = [await window(), await window()];
    await one.ask(Daemon.takeAlong, { amount: "2", hours: 1 });
    assert.equal(one.state.travel?.amount, "2");
    await one.ask(Daemon.disconnectAccount);
    for (const name of ["travel", "account"]) assert.ok(!(name in one.state), name);
    // What the other was told up to now comes before this answer.
    await other.ask(Daemon.uploads);
    for (const name of ["travel", "account"]) assert.ok(!(name in other.state), name);
  });
});
