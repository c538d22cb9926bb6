import type { PlatformPath } from "node:path";
import type { LineReference } from "./references.ts";

/** Why a reference is not counted. */
export type Refusal =
  | "missing"
  | "outside"
  | "network"
  | "folder"
  | "notRegular"
  | "tooLarge"
  | "binary"
  | "unreadable"
  | "tooMany"
  | "tooDeep";

/** What a path in a text is resolved against. */
export interface Surroundings {
  /** The folders of the workspace, absolute. */
  folders: readonly string[];
  /** Node's `path`: how the machine writes paths. */
  path: PlatformPath;
}

/**
 * Where a reference in the file `from` (absolute) points to, by its words alone: nothing is opened. An absolute path, or why it is not followed.
 * Paths are relative to the file that holds them; a link that begins with `/` is relative to its folder of the workspace, as in Markdown, unless it
 * is a path inside of the workspace as it is.
 */
export function placeOf(
  { kind, target }: Pick<LineReference, "kind" | "target">,
  from: string,
  { folders, path }: Surroundings,
): { path: string } | Refusal {
  if (/^[\\/]{2}/.test(target)) return "network"; // also \\?\ and \\.\, under which Windows has its devices
  if (target.includes("\0")) return "missing";
  if (/^(~|file:)/i.test(target)) return "outside";
  const own = folders.find((folder) => isInside(folder, from, path));
  const place = path.resolve(path.dirname(from), target);
  if (folders.some((folder) => isInside(folder, place, path))) return { path: place };
  if (kind !== "link" || !target.startsWith("/") || !own) return "outside";
  const below = path.join(own, target);
  return isInside(own, below, path) ? { path: below } : "outside";
}

/** Whether `place` is the folder or lies in it. Both absolute. */
export function isInside(folder: string, place: string, path: PlatformPath): boolean {
  const relative = path.relative(folder, place);
  return relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
