import type { Network } from "../protocol/network.ts";

/**
 * The editor's `http.*` settings, and the variables of its environment that it goes by where they say nothing. A workspace's settings do not
 * count: whoever wrote them would see where requests go.
 */
export function networkOf(setting: (name: string) => unknown, env: NodeJS.ProcessEnv): Network {
  const text = (name: string) => {
    const value = setting(name);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const variable = (name: string) => env[name.toLowerCase()] || env[name.toUpperCase()] || undefined;
  const off = setting("proxySupport") === "off";
  const proxy = off ? undefined : (text("proxy") ?? variable("https_proxy") ?? variable("http_proxy"));
  const listed = setting("noProxy");
  const hosts = Array.isArray(listed) && listed.length > 0 ? listed : (variable("no_proxy") ?? "").split(",");
  const proxyAuthorization = text("proxyAuthorization");
  const certificateFile = env.NODE_EXTRA_CA_CERTS || undefined;
  return {
    ...(proxy !== undefined && { proxy }),
    ...(proxyAuthorization !== undefined && { proxyAuthorization }),
    noProxy: hosts.filter((host): host is string => typeof host === "string" && host.trim() !== "").map((host) => host.trim()),
    strictProxy: setting("proxyStrictSSL") !== false,
    systemCertificates: setting("systemCertificates") !== false,
    ...(certificateFile !== undefined && { certificateFile }),
  };
}
