import { realpathSync } from "node:fs";
import { dirname, extname, join } from "node:path";

/** The script `name` beside the one that was started, as a bundle or as a source. */
export function besideThis(name: string): string {
  const own = ownPath();
  return join(dirname(own), `${name}${extname(own)}`);
}

/** Where the script that was started lies, also when it is called by a link. */
export function ownPath(): string {
  return realpathSync(process.argv[1]!);
}
