/** Addresses to which a token or a key is sent. */

/** Whether a credential may go there: over https, or to this machine. */
export function isProtected({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** One form for the same place: without trailing slashes, query and fragment. */
export function baseOf({ origin, pathname }: URL): string {
  return origin + pathname.replace(/\/+$/, "");
}

/** Whether a host, as in a URL, is this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
