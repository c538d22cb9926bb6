import { openPglite } from "../../../src/endpoint/store/pglite.ts";
import { openPostgres } from "../../../src/endpoint/store/postgres.ts";
import type { CrashedStore } from "./endpoint.ts";

export function embedded(folder: string): CrashedStore {
  return { name: "PGlite", args: ["--data", folder], env: {}, open: () => openPglite(folder) };
}

export function postgresql(url: string): CrashedStore {
  return { name: "PostgreSQL", args: [], env: { DATABASE_URL: url }, open: () => openPostgres(url) };
}
