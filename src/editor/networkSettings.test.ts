import assert from "node:assert/strict";
import { networkOf } from "./networkSettings.ts";

const of = (settings: Record<string, unknown>, env: NodeJS.ProcessEnv = {}) => networkOf((name) => settings[name], env);
const PLAIN = { noProxy: [], strictProxy: true, systemCertificates: true };

describe("the network as the editor has it", () => {
  it("is plain where nothing is set", () => {
    assert.deepEqual(of({}), PLAIN);
    assert.deepEqual(of({ proxy: "", noProxy: [], proxyAuthorization: null }), PLAIN);
  });

  it("goes by the settings before the environment", () => {
    const env = { HTTPS_PROXY: "http://env:1", NO_PROXY: "a.example, .b.example,", NODE_EXTRA_CA_CERTS: "/etc/company.pem" };
    const certificateFile = "/etc/company.pem";
    assert.deepEqual(of({}, env), { ...PLAIN, proxy: "http://env:1", noProxy: ["a.example", ".b.example"], certificateFile });
    const settings = { proxy: "http://set:2", noProxy: ["c.example"], proxyAuthorization: "Basic eDp5" };
    assert.deepEqual(of(settings, env), { ...PLAIN, ...settings, certificateFile });
  });

  it("is without a proxy, and as strict, as the person has said", () => {
    const settings = { proxySupport: "off", proxy: "http://set:2", proxyStrictSSL: false, systemCertificates: false };
    assert.deepEqual(of(settings, { http_proxy: "http://env:1" }), {
      noProxy: [],
      strictProxy: false,
      systemCertificates: false,
    });
  });
});
