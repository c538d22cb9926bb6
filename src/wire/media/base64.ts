/** Binary data in a request: base64 with or without the head of a data URL. */
export interface Inline {
  /** Lower case, without parameters: `image/png`. */
  mime: string;
  base64: string;
}

/** A base64 data URL, taken apart; undefined for any other address. */
export function inlineOf(url: string): Inline | undefined {
  if (!/^data:/i.test(url)) return undefined;
  const comma = url.indexOf(",");
  const head = url.slice(5, Math.max(comma, 5)).toLowerCase();
  if (comma < 0 || !head.endsWith(";base64")) return undefined;
  return { mime: head.split(";")[0]!, base64: url.slice(comma + 1) };
}

/** How many bytes base64 text stands for, without decoding it. */
export function byteLength(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
}

/**
 * What base64 text stands for, one character for each byte; of its beginning alone, where a `limit` of bytes is given. Standard and URL-safe
 * alphabets are read; what is not base64 is nothing.
 */
export function binaryIn(base64: string, limit = byteLength(base64)): string {
  const head = base64
    .slice(0, Math.ceil(limit / 3) * 4)
    .replaceAll("-", "+")
    .replaceAll("_", "/");
  const whole = head.length % 4 === 1 ? head.slice(0, -1) : head;
  try {
    return atob(whole).slice(0, limit);
  } catch {
    return "";
  }
}

/** The same as bytes. */
export function bytesIn(base64: string, limit?: number): Uint8Array<ArrayBuffer> {
  const binary = binaryIn(base64, limit);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The text in base64 of UTF-8. */
export function textIn(base64: string): string {
  return new TextDecoder().decode(bytesIn(base64));
}
