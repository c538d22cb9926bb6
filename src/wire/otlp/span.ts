/**
 * A span of OTLP traces (opentelemetry.io/docs/specs/otlp, opentelemetry-proto trace/v1), as far as it is read: an assistant's spans carry its
 * prompts and answers, so nothing comes out of a reader but these fields and the attributes that were asked for.
 */
export interface Span {
  traceId: string;
  spanId: string;
  /** Epoch ms. */
  start: number;
  end: number;
  /** It ended with an error. */
  failed: boolean;
  attributes: ReadonlyMap<string, AttributeValue>;
}

export type AttributeValue = string | number | boolean;

/** More of one message are not read. */
export const MOST_SPANS = 10_000;
/** A value that is longer is no name, and is dropped (UTF-16 units). */
export const LONGEST_VALUE = 256;
