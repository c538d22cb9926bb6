import { baseOf, isProtected } from "../../protocol/address.ts";

/** Addresses that a person types: what is wrong with them, and one form for the same place. */

/** What is wrong with an endpoint's or upstream's address, as an English template for translation; undefined when nothing is. */
export function endpointFault(text: string): string | undefined {
  const url = parse(text);
  if (!url || !["http:", "https:"].includes(url.protocol)) return "Type a web address such as https://budget.example.com";
  if (url.username || url.password) return "Leave user name and password out of the address";
  if (!isProtected(url)) return "The address must begin with https:// unless it is on this machine";
  return undefined;
}

/** The address without what makes no difference: trailing slashes, query and fragment. Undefined when there is none. */
export function normalEndpoint(text: string): string | undefined {
  const url = parse(text);
  return url && baseOf(url);
}

function parse(text: string): URL | undefined {
  return URL.parse(text.trim()) ?? undefined;
}
