import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { writePrivateFile } from "../stateDirectory.ts";

/** Where assistants send their telemetry: it is written into their settings, so it stays the same. */
const PlaceSchema = z.object({
  port: z.int().check(z.minimum(1), z.maximum(65_535)),
  secret: z.string().check(z.regex(/^[\w-]{20,}$/)),
});
export type TelemetryPlace = z.infer<typeof PlaceSchema>;

const fileIn = (stateDirectory: string) => join(stateDirectory, "telemetry.json");

/** The place that was chosen before; undefined where none was, or it cannot be read. */
export function savedPlace(stateDirectory: string): TelemetryPlace | undefined {
  try {
    return PlaceSchema.parse(JSON.parse(readFileSync(fileIn(stateDirectory), "utf8")));
  } catch {
    return undefined;
  }
}

/** Only its owner can read it: who knows the secret can report usage. @throws Error when it cannot be written */
export function savePlace(stateDirectory: string, place: TelemetryPlace): void {
  writePrivateFile(fileIn(stateDirectory), JSON.stringify(place));
}

export function newSecret(): string {
  return randomBytes(24).toString("base64url");
}

export function urlOf({ port, secret }: TelemetryPlace): string {
  return `http://127.0.0.1:${port}/${secret}`;
}
