import assert from "node:assert/strict";
import { type TelemetrySources, telemetryPlan } from "./telemetry.ts";

const URL = "http://127.0.0.1:4000/secret";
const ENDPOINT = "github.copilot.chat.otel.otlpEndpoint";
const ENABLED = "github.copilot.chat.otel.enabled";

describe("where Copilot Chat's telemetry goes", () => {
  const plan = (
    own: Record<string, unknown>,
    part: { env?: TelemetrySources["env"]; written?: string; policy?: object } = {},
  ) => {
    const inForce: Record<string, unknown> = { ...own, ...part.policy };
    return telemetryPlan(URL, part.written, { value: (name) => inForce[name], own: (name) => own[name], env: part.env ?? {} });
  };

  it("is set where nothing was set", () => {
    const write = { kind: "write", settings: { [ENABLED]: true, [ENDPOINT]: URL } };
    assert.deepEqual(plan({}), write);
    assert.deepEqual(plan({ [ENABLED]: false }), write);
  });

  it("needs nothing where it comes here already", () => {
    assert.deepEqual(plan({ [ENABLED]: true, [ENDPOINT]: URL }), { kind: "ours" });
  });

  it("follows when the address that Token Budget wrote is another now", () => {
    const written = "http://127.0.0.1:3999/secret";
    assert.equal(plan({ [ENABLED]: true, [ENDPOINT]: written }, { written }).kind, "write");
  });

  it("is left alone where it goes elsewhere, by whatever", () => {
    const where = (...args: Parameters<typeof plan>) => {
      const found = plan(...args);
      return found.kind === "elsewhere" && found.where;
    };
    assert.equal(where({ [ENDPOINT]: "http://collector:4318" }), "http://collector:4318");
    assert.equal(where({ [ENABLED]: true }), "http://localhost:4318", "where it goes unless told");
    assert.equal(where({ "github.copilot.chat.otel.outfile": "/tmp/x" }), "github.copilot.chat.otel.outfile");
    assert.equal(where({ "github.copilot.chat.otel.exporterType": "console" }), "github.copilot.chat.otel.exporterType");
    assert.equal(where({}, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://x" } }), "OTEL_EXPORTER_OTLP_ENDPOINT");
    assert.equal(where({ [ENABLED]: true, [ENDPOINT]: URL }, { policy: { [ENDPOINT]: "http://corp" } }), "http://corp");
    assert.equal(where({}, { policy: { [ENDPOINT]: "http://corp" } }), "http://corp");
    assert.equal(where({ [ENDPOINT]: "http://localhost:4318" }), "http://localhost:4318", "set by hand to the usual");
    assert.equal(plan({}, { policy: { [ENDPOINT]: "http://localhost:4318" } }).kind, "write");
    assert.equal(plan({ "github.copilot.chat.otel.exporterType": "otlp-http" }).kind, "write");
  });
});
