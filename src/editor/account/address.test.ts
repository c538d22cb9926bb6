import assert from "node:assert/strict";
import { endpointFault, normalEndpoint } from "./address.ts";

describe("an endpoint's address", () => {
  it("must be https, unless it is on this machine", () => {
    for (const good of ["https://budget.example.com", "http://localhost:4010", "http://127.0.0.1:1/x", "http://[::1]:80"])
      assert.equal(endpointFault(good), undefined, good);
    for (const bad of [
      "",
      "budget",
      "ftp://a",
      "http://budget.example.com",
      "http://127.0.0.1.example.com",
      "https://a:b@c.example",
    ])
      assert.ok(endpointFault(bad), bad);
  });

  it("has one form", () => {
    assert.equal(normalEndpoint(" https://Budget.example.com/ "), "https://budget.example.com");
    assert.equal(normalEndpoint("https://example.com/v1//?x#y"), "https://example.com/v1");
    assert.equal(normalEndpoint("nothing"), undefined);
  });
});
