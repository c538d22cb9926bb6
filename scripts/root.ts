import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Git-ignored folder for what the test editor needs and leaves behind: downloads, user data, screenshots of failures. */
export const cacheDir = join(root, ".vscode-test");
