import type { PriceList } from "./rates.ts";

/** A price list, named by its content: equal models in the same order and of the same day have the same ref. */
export function priceList(content: Omit<PriceList, "priceRef">): PriceList {
  const { asOf, models, patterns = [] } = content;
  return { priceRef: `${asOf}-${hash(canonical([models, patterns]))}`, ...content };
}

/** JSON with the keys in order, so that only the content counts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** 64 bits in hex: FNV-1a (prime 16777619) from two offsets. Names a content, proves nothing about who made it. */
function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code ^ (a >>> 15), 0x01000193);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
