import { type AttributeValue, LONGEST_VALUE, MOST_SPANS, type Span } from "./span.ts";

/** The spans of an `ExportTraceServiceRequest` in OTLP's JSON, with those attributes alone that are `wanted`. What makes no sense is left out. */
export function spansOfJson(text: string, wanted: ReadonlySet<string>): Span[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [];
  }
  const spans = listIn(body, "resourceSpans")
    .flatMap((resource) => listIn(resource, "scopeSpans"))
    .flatMap((scope) => listIn(scope, "spans"));
  return spans.slice(0, MOST_SPANS).map((span) => spanOf(span, wanted));
}

function spanOf(span: unknown, wanted: ReadonlySet<string>): Span {
  const attributes = listIn(span, "attributes").flatMap((attribute): [string, AttributeValue][] => {
    const key = textIn(attribute, "key");
    const value = wanted.has(key) ? attributeOf(fieldIn(attribute, "value")) : undefined;
    return value === undefined ? [] : [[key, value]];
  });
  return {
    traceId: textIn(span, "traceId"),
    spanId: textIn(span, "spanId"),
    start: instantIn(span, "startTimeUnixNano"),
    end: instantIn(span, "endTimeUnixNano"),
    failed: [2, "STATUS_CODE_ERROR"].includes(fieldIn(fieldIn(span, "status"), "code") as number | string),
    attributes: new Map(attributes),
  };
}

/** An `AnyValue`; 64-bit integers may be strings. */
function attributeOf(value: unknown): AttributeValue | undefined {
  const [text, flag, whole, number] = ["stringValue", "boolValue", "intValue", "doubleValue"].map((kind) => fieldIn(value, kind));
  if (typeof text === "string") return text.length <= LONGEST_VALUE ? text : undefined;
  if (typeof flag === "boolean") return flag;
  if (typeof whole === "number" || (typeof whole === "string" && /^-?\d{1,19}$/.test(whole))) return Number(whole);
  return typeof number === "number" ? number : undefined;
}

/** Nanoseconds since the epoch, as a number or a string, in ms; 0 where there are none. */
function instantIn(span: unknown, name: string): number {
  const nano = fieldIn(span, name);
  const ms = (typeof nano === "string" && /^\d{1,20}$/.test(nano)) || typeof nano === "number" ? Number(nano) / 1e6 : 0;
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}

function textIn(value: unknown, name: string): string {
  const text = fieldIn(value, name);
  return typeof text === "string" && text.length <= LONGEST_VALUE ? text : "";
}

function listIn(value: unknown, name: string): unknown[] {
  const list = fieldIn(value, name);
  return Array.isArray(list) ? list : [];
}

function fieldIn(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
