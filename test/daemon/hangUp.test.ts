import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { createMessageConnection, type MessageConnection } from "vscode-jsonrpc/node";
import { connectTo, socketPathOf } from "../../src/daemon/socket.ts";
import type { HookCall, TurnAnswer } from "../../src/protocol/assistants.ts";
import type { DaemonClient } from "../../src/protocol/client.ts";
import { Daemon, PROTOCOL_VERSION } from "../../src/protocol/daemon.ts";
import { connected, TestMachine } from "./fixtures/machine.ts";
import { hookEvent } from "./support/hooks.ts";

/** A budget of which a turn takes more than a quarter, so that it is asked about. */
const PREFERENCES = {
  refreshPrices: false,
  plans: [],
  budgets: [{ limit: "1", unit: "usd" as const, period: "month" as const }],
};

describe("a daemon whose client hangs up", function () {
  this.timeout(20_000);
  let machine: TestMachine;
  let client: DaemonClient;
  beforeEach(async () => {
    machine = new TestMachine();
    client = machine.client();
    await connected(client);
    await client.configure(PREFERENCES);
    const { socket, connection } = await greeted();
    await connection.sendRequest(Daemon.hook, hook("SessionStart", { source: "new", model: "claude-sonnet-4.5" }));
    socket.destroy();
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") console.error(machine.log());
    await machine.close();
  });

  /** A client that has said hello. */
  async function greeted(): Promise<{ socket: Socket; connection: MessageConnection }> {
    const socket = (await connectTo(socketPathOf(machine.stateDirectory)))!;
    const connection = createMessageConnection(socket, socket);
    connection.listen();
    await connection.sendRequest(Daemon.hello, { protocol: PROTOCOL_VERSION, version: "0.1.0", kind: "window" });
    return { socket, connection };
  }

  function hook(name: string, more: object = {}): HookCall {
    const event = hookEvent(name, "s", { timestamp: String(Math.random()), ...more });
    return { id: crypto.randomUUID(), cwd: "/projects/ferry", input: JSON.stringify(event) };
  }

  /** The daemon that served first still does. */
  async function lives(): Promise<void> {
    await client.refresh();
    assert.equal(machine.served().length, 1);
  }

  it("lives on when that does not wait for its answers", async () => {
    const { socket } = await greeted();
    const tool = (index: number) => hook("PreToolUse", { tool_name: "read_file", tool_use_id: `${index}` });
    const calls = Array.from({ length: 20 }, (_, index) => [
      frame(index, Daemon.hook, tool(index)),
      frame(100 + index, Daemon.state),
    ]);
    socket.end(calls.flat().join("")); // all in one, so that it has gone before the first answer
    await once(socket, "close");
    await lives();
  });

  for (const way of ["end", "destroy"] as const)
    it(`lives on, and asks elsewhere, when that was asked (${way})`, async () => {
      const { socket, connection } = await greeted();
      const asked = new Promise<void>((resolve) => {
        connection.onRequest(Daemon.ask, () => {
          resolve();
          return new Promise<TurnAnswer>(() => {});
        });
      });
      await connection.sendRequest(Daemon.window, { folders: ["/projects/ferry"], focused: true });
      client.onAsk = async () => ({ choice: "stop" });
      await client.window({ folders: ["/elsewhere"], focused: true });
      const one = await greeted();
      const answer = one.connection.sendRequest(Daemon.hook, hook("UserPromptSubmit", { prompt: "Sail." }));
      await asked;
      socket[way]();
      assert.match((await answer).stdout ?? "", /You chose not to send it/);
      one.socket.end();
      await lives();
    });

  it("lives on when that has a question pending, and takes it back", async () => {
    const taken = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    client.onAsk = (_question, signal) => {
      asked.resolve();
      signal.addEventListener("abort", () => taken.resolve());
      return new Promise(() => {});
    };
    await client.window({ folders: ["/projects/ferry"], focused: true });
    const { socket } = await greeted();
    socket.write(frame(1, Daemon.hook, hook("UserPromptSubmit", { prompt: "Sail." })));
    await asked.promise;
    socket.end(frame(2, Daemon.state));
    await taken.promise;
    await lives();
  });

  it("lives on when that has news on their way", async () => {
    const { socket } = await greeted();
    const configured = Array.from({ length: 20 }, (_, index) =>
      frame(index, Daemon.configure, { ...PREFERENCES, budgets: [{ ...PREFERENCES.budgets[0]!, limit: String(index + 1) }] }),
    );
    socket.end(configured.join(""));
    await once(socket, "close");
    await lives();
  });
});

/** A request as it stands on the wire. */
function frame(id: number, { method }: { method: string }, params?: unknown): string {
  const text = JSON.stringify({ jsonrpc: "2.0", id, method, params });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
