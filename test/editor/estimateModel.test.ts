import assert from "node:assert/strict";
import * as vscode from "vscode";
import { EstimateModel, type PriceSource } from "../../src/editor/estimate/model.ts";
import type { State } from "../../src/protocol/daemon.ts";

describe("the model for estimates", () => {
  it("tells that estimates are others where a workspace's own rules change, and not with every figure", () => {
    let listener = () => {};
    const client = {
      state: undefined as State | undefined,
      onDidChange: (heard: () => void) => {
        listener = heard;
        return { dispose() {} };
      },
    };
    const change = (warn: object, more: object = {}) => {
      const policy = { version: 3, policy: { warn } };
      client.state = { priceRef: "p", policy, plans: [], outputs: {}, ...more } as unknown as State;
      listener();
    };
    const setting = { value: "", onDidChange: new vscode.EventEmitter<string>().event, set: async () => {} };
    const model = new EstimateModel(setting);
    let told = 0;
    model.onDidChange(() => told++);
    model.connect({ client, upstreamProvider: () => "openai" } as unknown as PriceSource);
    change({});
    change({}, { allowances: [] });
    assert.equal(told, 1);
    change({ cost: "0.01" });
    assert.equal(told, 2);
    model.dispose();
  });
});
