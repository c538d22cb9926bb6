import { type AttributeValue, LONGEST_VALUE, MOST_SPANS, type Span } from "./span.ts";

/** A field of a message: its number, and its bytes or its number. */
interface Field {
  number: number;
  /** Of a string, of bytes, or of a message. */
  bytes?: Uint8Array;
  /** Of a varint, or of eight bytes, as they lie. */
  value?: bigint;
}

/** The spans of an `ExportTraceServiceRequest` in protobuf, with those attributes alone that are `wanted`. What makes no sense is left out. */
export function spansOfProtobuf(body: Uint8Array, wanted: ReadonlySet<string>): Span[] {
  const spans: Span[] = [];
  for (const resource of messagesIn(body, 1))
    for (const scope of messagesIn(resource, 2))
      for (const span of messagesIn(scope, 2)) {
        if (spans.length >= MOST_SPANS) return spans;
        spans.push(spanOf(span, wanted));
      }
  return spans;
}

function spanOf(body: Uint8Array, wanted: ReadonlySet<string>): Span {
  const span = { traceId: "", spanId: "", start: 0, end: 0, failed: false };
  const attributes = new Map<string, AttributeValue>();
  for (const { number, bytes, value } of fieldsOf(body)) {
    if (number === 1 && bytes) span.traceId = hex(bytes);
    if (number === 2 && bytes) span.spanId = hex(bytes);
    if (number === 7 && value !== undefined) span.start = Number(value / 1_000_000n);
    if (number === 8 && value !== undefined) span.end = Number(value / 1_000_000n);
    if (number === 9 && bytes) addAttribute(attributes, bytes, wanted);
    if (number === 15 && bytes) span.failed = fieldsOf(bytes).some((field) => field.number === 3 && field.value === 2n);
  }
  return { ...span, attributes };
}

function addAttribute(attributes: Map<string, AttributeValue>, body: Uint8Array, wanted: ReadonlySet<string>): void {
  const fields = fieldsOf(body);
  const key = textOf(fields.find(({ number }) => number === 1)?.bytes);
  const bytes = fields.find(({ number }) => number === 2)?.bytes;
  if (!wanted.has(key) || !bytes) return;
  const [field] = fieldsOf(bytes);
  const value = field && attributeOf(field);
  if (value !== undefined) attributes.set(key, value);
}

/** An `AnyValue`. */
function attributeOf({ number, bytes, value }: Field): AttributeValue | undefined {
  if (number === 1 && bytes) return bytes.length <= LONGEST_VALUE ? textOf(bytes) : undefined;
  if (value === undefined) return undefined;
  if (number === 2) return value !== 0n;
  if (number === 3) return Number(BigInt.asIntN(64, value));
  return number === 4 ? doubleOf(value) : undefined;
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function messagesIn(body: Uint8Array, number: number): Uint8Array[] {
  return fieldsOf(body).flatMap((field) => (field.number === number && field.bytes ? [field.bytes] : []));
}

/** The fields of a message, up to where its bytes make no sense. */
function fieldsOf(body: Uint8Array): Field[] {
  const fields: Field[] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n && at < body.length; shift += 7n) {
      const byte = body[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  };
  while (at < body.length) {
    const tag = varint();
    if (tag === undefined) break;
    const [number, type] = [Number(tag >> 3n), Number(tag & 7n)];
    if (type === 0) {
      const value = varint();
      if (value === undefined) break;
      fields.push({ number, value });
    } else if (type === 1 && at + 8 <= body.length) {
      fields.push({ number, value: view.getBigUint64(at, true) });
      at += 8;
    } else if (type === 5 && at + 4 <= body.length) at += 4;
    else if (type === 2) {
      const length = varint();
      if (length === undefined || length > BigInt(body.length - at)) break;
      fields.push({ number, bytes: body.subarray(at, at + Number(length)) });
      at += Number(length);
    } else break;
  }
  return fields;
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes && bytes.length <= LONGEST_VALUE ? new TextDecoder().decode(bytes) : "";
}

function hex(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 32)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
