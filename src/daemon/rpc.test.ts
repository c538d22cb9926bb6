import assert from "node:assert/strict";
import { once } from "node:events";
import { duplexPair } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
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
});
