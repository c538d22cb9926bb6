/** Writes OTLP traces, as their JSON has them, in protobuf (opentelemetry-proto trace/v1): what an exporter does that is set to it. */
export function otlpProtobuf(body: object): Uint8Array<ArrayBuffer> {
  const { resourceSpans } = body as { resourceSpans: { scopeSpans: { spans: JsonSpan[] }[] }[] };
  const resources = resourceSpans.map(({ scopeSpans }) =>
    message(1, join(scopeSpans.map(({ spans }) => message(2, join(spans.map((span) => message(2, spanOf(span)))))))),
  );
  return new Uint8Array(join(resources));
}

interface JsonSpan {
  traceId: string;
  spanId: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, string | number | boolean> }[];
  status?: { code?: number };
}

function spanOf({ traceId, spanId, name, startTimeUnixNano, endTimeUnixNano, attributes, status }: JsonSpan): Uint8Array {
  return join([
    message(1, Buffer.from(traceId, "hex")),
    message(2, Buffer.from(spanId, "hex")),
    message(5, Buffer.from(name)),
    fixed(7, BigInt(startTimeUnixNano)),
    fixed(8, BigInt(endTimeUnixNano)),
    ...attributes.map(({ key, value }) => message(9, join([message(1, Buffer.from(key)), message(2, anyOf(value))]))),
    message(15, status?.code === undefined ? new Uint8Array() : number(3, BigInt(status.code))),
  ]);
}

function anyOf({ stringValue, boolValue, intValue, doubleValue }: Record<string, string | number | boolean>): Uint8Array {
  if (stringValue !== undefined) return message(1, Buffer.from(String(stringValue)));
  if (boolValue !== undefined) return number(2, boolValue ? 1n : 0n);
  if (intValue !== undefined) return number(3, BigInt.asUintN(64, BigInt(intValue)));
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Number(doubleValue));
  return fixed(4, bits.getBigUint64(0));
}

function message(field: number, body: Uint8Array): Uint8Array {
  return join([varint(BigInt((field << 3) | 2)), varint(BigInt(body.length)), body]);
}

function number(field: number, value: bigint): Uint8Array {
  return join([varint(BigInt(field << 3)), varint(value)]);
}

function fixed(field: number, value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return join([varint(BigInt((field << 3) | 1)), bytes]);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left >>= 7n) {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    if (left <= 0x7fn) return Uint8Array.from(bytes);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
