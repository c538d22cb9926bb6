import { isProtected } from "./address.ts";

/**
 * What crosses between the machine that refreshes prices (a team's endpoint, else a person's daemon) and the host that publishes
 * the catalogue: one anonymous GET, which says nothing of whom or what for.
 */

/** The environment variable that names another place to get the catalogue from; `off`: prices are never refreshed. */
export const CATALOGUE_VARIABLE = "TOKEN_BUDGET_CATALOGUE";

/** The published file had 380 kB in 2026. */
const LARGEST = 5_000_000;
/** In milliseconds. */
const SLOWEST = 30_000;

export interface Published {
  data: unknown;
  /** The host's name for this version, for the next time. */
  etag: string | undefined;
}

/**
 * Where the catalogue is to be got from; undefined: nowhere. `place`: an address, or `off`; absent: where its maintainers publish it.
 * @throws TypeError when it is no https address (http is for this machine only)
 */
export async function catalogueAddress(place: string | undefined): Promise<string | undefined> {
  if (place === "off") return undefined;
  const address = place || (await import("@pydantic/genai-prices")).REMOTE_DATA_JSON_URL;
  const url = URL.parse(address);
  if (!url || !isProtected(url)) throw new TypeError(`"${address}" is no https address to get the catalogue of prices from`);
  return url.href;
}

/** Gets the catalogue; undefined where the host has no other than that with `etag`. @throws Error saying what went wrong */
export async function getCatalogue(
  address: string,
  etag: string | undefined,
  signal: AbortSignal,
  send: typeof fetch = fetch,
): Promise<Published | undefined> {
  const response = await send(address, {
    headers: etag === undefined ? {} : { "if-none-match": etag },
    redirect: "error",
    credentials: "omit",
    signal: AbortSignal.any([signal, AbortSignal.timeout(SLOWEST)]),
  });
  if (response.status === 304 && etag !== undefined) return undefined;
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel();
    throw new Error(`the catalogue's host answered ${response.status}`);
  }
  const text = await readAtMost(response.body, LARGEST);
  return { data: JSON.parse(text), etag: response.headers.get("etag") ?? undefined };
}

/** @throws RangeError when there is more; what has come by then is thrown away */
async function readAtMost(body: ReadableStream<Uint8Array>, most: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let size = 0;
  let text = "";
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new RangeError(`the catalogue is larger than ${most} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
