import { byteLength, bytesIn } from "./base64.ts";

/** Seconds, from the least to the most that a sound may last. */
export interface SoundLength {
  low: number;
  likely: number;
  high: number;
}

/** Bits per second of compressed sound: from speech in Opus to MP3's most; likely is the usual MP3 of speech. */
const BIT_RATES = { low: 16_000, likely: 64_000, high: 320_000 };

/** How long a sound lasts: to the second for WAV, whose head tells; for all else by the bit rates that are usual. */
export function soundLength(base64: string): SoundLength {
  const seconds = wavSeconds(base64);
  if (seconds !== undefined) return { low: seconds, likely: seconds, high: seconds };
  const bits = byteLength(base64) * 8;
  return { low: bits / BIT_RATES.high, likely: bits / BIT_RATES.likely, high: bits / BIT_RATES.low };
}

/** Seconds of a WAV (RIFF with a `fmt ` chunk: its bytes per second stand 8 bytes into it); undefined for any other format. */
function wavSeconds(base64: string): number | undefined {
  const bytes = bytesIn(base64, 4096);
  const view = new DataView(bytes.buffer);
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (name(0) !== "RIFF" || name(8) !== "WAVE") return undefined;
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    if (name(at) === "fmt " && at + 20 <= bytes.length) bytesPerSecond = view.getUint32(at + 16, true);
    // A stream that was written before its end was known says more than there is.
    if (name(at) === "data" && bytesPerSecond > 0) return Math.min(length, byteLength(base64) - at - 8) / bytesPerSecond;
    at += 8 + length + (length % 2);
  }
  return undefined;
}
