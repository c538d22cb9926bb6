import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex, duplexPair } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { NotificationType } from "vscode-jsonrpc/node";
import { rpcOver } from "./rpc.ts";

describe("a connection", () => {
  it("that ends in the midst of a message leaves no timer behind", async () => {
    const [here, there] = duplexPair();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const connection = rpcOver(here);
    connection.listen();
    await turn(); // Mocha has set its own by then
    const before = timers();
    const arrived = once(here, "data");
    there.write("Content-Length: 100\r\n\r\n{");
    await arrived;
    here.destroy();
    await once(here, "close");
    connection.dispose();
    assert.equal(timers(), before);
  });

  it("writes what is said at one moment at once, in order", async () => {
    const writes: string[] = [];
    const stream = new Duplex({
      read() {},
      writev(chunks, done) {
        writes.push(chunks.map(({ chunk }) => String(chunk)).join(""));
        done();
      },
    });
    const connection = rpcOver(stream);
    connection.listen();
    const said = new NotificationType<string>("said");
    await Promise.all(["naïve", "", "日本"].map((word) => connection.sendNotification(said, word)));
    const bodies = ["naïve", "", "日本"].map((word) => JSON.stringify({ jsonrpc: "2.0", method: "said", params: [word] }));
    const messages = bodies.map((body) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    assert.deepEqual(writes, [messages.join("")]);
    await connection.sendNotification(said, "naïve");
    assert.deepEqual(writes, [messages.join(""), messages[0]]);
    connection.dispose();
  });
});
