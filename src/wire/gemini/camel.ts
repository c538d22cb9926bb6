/** Fields whose insides are the caller's own: arguments, results and schemas keep their names. */
const OPAQUE = new Set([
  "args",
  "response",
  "parameters",
  "parametersJsonSchema",
  "responseSchema",
  "responseJsonSchema",
  "partMetadata",
  "labels",
]);

/** Google's APIs take every field in either form, `system_instruction` as `systemInstruction` (protobuf's JSON): all in the second. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [camel, OPAQUE.has(camel) ? field : camelCased(field)];
    }),
  );
}
