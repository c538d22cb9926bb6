import type { Counted } from "../../tokens/estimate/belief.ts";
import type { Refusal } from "./place.ts";
import { isSurelyPath } from "./references.ts";
import type { Reference } from "./scan.ts";

/** Imports are followed over so many hops, as Claude Code does (code.claude.com/docs/en/memory). */
export const MOST_HOPS = 5;
/** Files that are counted with one prompt file, at most. */
export const MOST_FILES = 100;
/** References of one file that are looked at, and faults that are told, at most. */
export const MOST_REFERENCES = 500;

/** A file that was read and counted. */
export interface CountedFile {
  /** Its path without symbolic links: the same file under two names is counted once. */
  real: string;
  counted: Counted;
  /** What it imports in turn; empty where it is not imported itself. */
  imports: readonly Reference[];
}

/** A file that goes with a prompt file, or may. */
export interface FollowedFile {
  /** Under which it was found first. */
  path: string;
  counted: Counted;
  /** Goes with it for sure, as `@path` does; else an assistant may read it. */
  isImported: boolean;
}

/** A reference that is not counted, or leads to one that is not. */
export interface Fault {
  /** The reference in the prompt file itself. */
  reference: Reference;
  refusal: Refusal;
  /** Where it points, or the words of the path where that is nowhere. */
  path: string;
  /** The file that imports it, where that is not the prompt file. */
  importedBy?: string;
}

/** How references are resolved and files are read. */
export interface Follower {
  placeOf(reference: Reference, from: string): { path: string } | Refusal;
  load(path: string, withImports: boolean): Promise<CountedFile | Refusal>;
}

interface Step {
  reference: Reference;
  from: string;
  /** The reference in the prompt file that led here. */
  origin: Reference;
  hops: number;
}

/**
 * The files that a prompt file refers to, each once, and their imports. Imports come first, nearest first: a file that is imported and linked is
 * imported, and none is too deep that is near by another way.
 * @param own the prompt file's path, and without symbolic links; it is never counted again
 */
export async function follow(
  references: readonly Reference[],
  own: { path: string; real: string },
  follower: Follower,
): Promise<{ files: FollowedFile[]; faults: Fault[] }> {
  const files = new Map<string, FollowedFile>();
  const faults: Fault[] = [];
  const first = references
    .slice(0, MOST_REFERENCES)
    .map((reference) => ({ reference, from: own.path, origin: reference, hops: 1 }));
  await walk(first.filter(({ reference }) => reference.kind === "import"));
  await walk(first.filter(({ reference }) => reference.kind !== "import"));
  const beyond = references[MOST_REFERENCES];
  if (beyond) faults.push({ reference: beyond, refusal: "tooMany", path: beyond.target });
  return { files: [...files.values()], faults };

  async function walk(steps: Step[]): Promise<void> {
    for (let at = 0; at < steps.length; at++) {
      const { reference, from, origin, hops } = steps[at]!;
      const isImported = reference.kind === "import";
      const place = hops > MOST_HOPS ? "tooDeep" : follower.placeOf(reference, from);
      const path = typeof place === "string" ? reference.target : place.path;
      const found = typeof place === "string" ? place : await load(path, isImported);
      if (typeof found === "string") {
        if (isFault(reference, found) && faults.length < MOST_REFERENCES)
          faults.push({ reference: origin, refusal: found, path, ...(hops > 1 && { importedBy: from }) });
      } else if (found.real !== own.real && !files.has(found.real)) {
        files.set(found.real, { path, counted: found.counted, isImported });
        for (const next of found.imports) steps.push({ reference: next, from: path, origin, hops: hops + 1 });
      }
    }
  }

  async function load(path: string, isImported: boolean): Promise<CountedFile | Refusal> {
    return files.size < MOST_FILES ? await follower.load(path, isImported) : "tooMany";
  }
}

/** What only a file that is there can be. */
const OF_A_FILE: ReadonlySet<Refusal> = new Set(["tooLarge", "binary", "notRegular", "unreadable"]);

/** `@types/node` and `@ada` are no imports where no file has that name. */
function isFault({ kind, target }: Reference, refusal: Refusal): boolean {
  return kind !== "import" || isSurelyPath(target) || OF_A_FILE.has(refusal);
}
