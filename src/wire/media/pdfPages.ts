import { binaryIn, byteLength } from "./base64.ts";

/** Beyond this a PDF is not searched: providers take none that is larger. */
const LIMIT = 50 * 1024 * 1024;

/**
 * Pages of a PDF, as far as its plain bytes tell (ISO 32000): a linearized file says it at its beginning (`/Linearized … /N 12`), a file
 * without compressed objects has one `/Type /Page` for each page. Undefined where both are compressed away.
 */
export function pdfPages(base64: string): number | undefined {
  if (byteLength(base64) > LIMIT) return undefined;
  const text = binaryIn(base64);
  const linearized = /\/Linearized[^>]{0,200}?\/N\s+(\d{1,6})\b/.exec(text.slice(0, 2048));
  if (linearized) return Number(linearized[1]);
  return text.match(/\/Type\s*\/Page(?![A-Za-z])/g)?.length;
}
