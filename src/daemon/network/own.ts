import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import { EnvHttpProxyAgent, fetch as ownFetch } from "undici";
import type { Network } from "../../protocol/network.ts";
import type { Log } from "../service.ts";
import type { Connector } from "./connector.ts";

/** Who asks sets a limit of time; undici's own would wake the daemon twice a second while an event stream is open. */
const NO_TIMEOUTS = { headersTimeout: 0, bodyTimeout: 0 };
/** Never through a proxy: this machine. */
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/**
 * The daemon's own connections: by its environment until a window has said what the editor has, then through the editor's proxy and with
 * the certificates that it trusts. Only a process of its own may use this: in an extension host undici takes the host's `fetch` away.
 */
export function createOwnConnector(log: Log): Connector {
  const { env } = process;
  let agent = new EnvHttpProxyAgent({ ...NO_TIMEOUTS, noProxy: [...LOOPBACK, env.no_proxy || env.NO_PROXY || ""].join(",") });
  let known: string | undefined;
  return {
    fetch: ((input: string, init: object) => ownFetch(input, { ...init, dispatcher: agent })) as unknown as typeof fetch,
    use(network) {
      const next = JSON.stringify(network);
      if (next === known) return false;
      known = next;
      const before = agent;
      agent = agentFor(network, log);
      void before.close().catch(() => {}); // when what is under way has ended
      return true;
    },
  };
}

function agentFor(network: Network, log: Log): EnvHttpProxyAgent {
  const { proxy = "", proxyAuthorization, noProxy, strictProxy } = network;
  const ca = certificatesOf(network, log);
  const trust = ca && { ca };
  try {
    return new EnvHttpProxyAgent({
      ...NO_TIMEOUTS,
      ...{ httpProxy: proxy, httpsProxy: proxy, noProxy: [...LOOPBACK, ...noProxy].join(",") },
      ...(proxyAuthorization !== undefined && { token: proxyAuthorization }),
      ...(trust && { connect: trust, requestTls: trust }),
      proxyTls: { ...trust, rejectUnauthorized: strictProxy },
    });
  } catch (error) {
    // Its message may hold the proxy's password.
    log(`network: the editor's proxy is no address of one (${(error as Error).name})`);
    return new EnvHttpProxyAgent({
      ...NO_TIMEOUTS,
      httpProxy: "",
      httpsProxy: "",
      noProxy: "*",
      ...(trust && { connect: trust }),
    });
  }
}

/** Undefined: Node's own. */
function certificatesOf({ systemCertificates, certificateFile }: Network, log: Log): string[] | undefined {
  const more: string[] = [];
  // Older runtimes cannot read the system's.
  if (systemCertificates) more.push(...(getCACertificates?.("system") ?? []));
  if (certificateFile !== undefined) {
    try {
      more.push(readFileSync(certificateFile, "utf8"));
    } catch (error) {
      log(`network: ${certificateFile}: ${(error as Error).message}`);
    }
  }
  return more.length === 0 ? undefined : [...(getCACertificates?.("default") ?? []), ...more];
}
