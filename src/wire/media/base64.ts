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

/** The first bytes of base64 text, at most `limit` of them; as many as can be decoded. Standard and URL-safe alphabets are read. */
export function firstBytes(base64: string, limit: number): Uint8Array<ArrayBuffer> {
  const head = base64
    .slice(0, Math.ceil(limit / 3) * 4)
    .replace(/-/g, "+")
    .replace(/_/g, "/");
  const whole = head.slice(0, head.length - (head.length % 4 === 1 ? 1 : 0));
  try {
    return Uint8Array.from(atob(whole), (unit) => unit.charCodeAt(0)).slice(0, limit);
  } catch {
    return new Uint8Array(0);
  }
}

/** The text in base64 of UTF-8. */
export function textIn(base64: string): string {
  return new TextDecoder().decode(firstBytes(base64, byteLength(base64)));
}
