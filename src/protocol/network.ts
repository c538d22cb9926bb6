/** How the editor reaches the network. Never written down: a proxy's address may hold a password. */
export interface Network {
  /** Address of an HTTP proxy; absent: none. */
  proxy?: string;
  /** What the proxy is told as `Proxy-Authorization`. */
  proxyAuthorization?: string;
  /** Hosts that are reached without it, as NO_PROXY has them: `example.com` (and what is below it), `*`. */
  noProxy: string[];
  /** Whether the certificate of the proxy itself (not that of the endpoint, which always is) must be valid. */
  strictProxy: boolean;
  /** Trust what the operating system trusts, too. */
  systemCertificates: boolean;
  /** Path of a file with more certificates to trust (PEM). */
  certificateFile?: string;
}
