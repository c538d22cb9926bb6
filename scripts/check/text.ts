import type { Source } from "./layers.ts";

/** Paths of the machine on which something was made, and the hosts that packages came from: they mean nothing elsewhere. */
const PLACES: { what: string; pattern: RegExp }[] = [
  { what: "a path of one machine", pattern: /(?<![\w.~/*-])\/(?:work|farm|root|Users\/\w+)\/[\w.-]/ },
  {
    what: "a package registry",
    pattern: /\b(?:registry\.[\w-]+\.\w+|[\w.-]*(?:artifactory|verdaccio|nexus)[\w-]*\.[\w.-]+|npm\.pkg\.github\.com)/,
  },
  { what: "where a package was fetched from", pattern: /"resolved": "https?:/ },
];

/** Lines of tracked files that name such a place. One line per fault; it shows the place. */
export function placeFaults(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) =>
      PLACES.flatMap(({ what, pattern }) => {
        const found = pattern.exec(line);
        return found ? [`${path}:${index + 1}: names ${what}: ${found[0]}`] : [];
      }),
    ),
  );
}
