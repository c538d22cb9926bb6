import { LONGEST_LINE } from "../markdownLines.ts";

/** A place in a line of a prompt file that names another file. */
export interface LineReference {
  /** `[text](path)`, `#file:path`, or `@path` as Claude Code reads it. */
  kind: "link" | "file" | "import";
  /** The path, as it is meant: unescaped, without `#fragment`. */
  target: string;
  /** Columns of the path as it is written, `[start, end)`, in UTF-16 units. */
  start: number;
  end: number;
}

/** A path or a link's text that is longer is none (characters). */
const LONGEST_PART = 1_000;

/** A scheme of two letters or more; one letter is a drive. `file:` names a file too. */
const OTHER_SCHEME = /^(?!file:)[a-z][a-z\d+.-]+:/i;

/**
 * The references in one line of Markdown, in their order; not in code spans, not pictures, not addresses elsewhere.
 * - Links and `#file:` as VS Code reads prompt files (`#file:` up to the next blank or `#`).
 * - `@path` (`withImports`) as Claude Code reads CLAUDE.md: after a blank or at the line's start, up to the next blank; `\ ` is a blank in the
 *   path (code.claude.com/docs/en/memory).
 */
export function referencesIn(line: string, withImports: boolean): LineReference[] {
  if (line.length > LONGEST_LINE) return [];
  const text = line.includes("`") ? withoutCodeSpans(line) : line;
  const links = text.includes("](") ? linksIn(text) : [];
  const marked = [...filesIn(text), ...(withImports ? importsIn(text) : [])].filter(
    ({ start }) => !links.some(({ from, to }) => start >= from && start < to),
  );
  let free = 0;
  return [...links.flatMap(({ reference }) => reference ?? []), ...marked]
    .sort((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      if (start < free) return false;
      free = end;
      return true;
    });
}

/**
 * Whether an import's path can only be meant as one: a missing `@docs/a.md` is a fault, also with the full stop of a sentence, which Claude Code
 * takes for a part of the path; a missing `@types/node` is a package, `@ada` a person.
 */
export function isSurelyPath(target: string): boolean {
  return /^(\.{1,2}|~)?\//.test(target) || /\.[a-z]\w*[.,;:!?)]*$/i.test(target);
}

interface Link {
  /** The whole of `[text](path)`. */
  from: number;
  to: number;
  /** Absent for pictures, anchors and addresses elsewhere. */
  reference?: LineReference;
}

function linksIn(text: string): Link[] {
  const links: Link[] = [];
  for (let middle = text.indexOf("]("); middle >= 0; middle = text.indexOf("](", middle + 2)) {
    const from = bracketBefore(text, middle);
    const written = destinationAt(text, middle + 2);
    if (from < 0 || !written) continue;
    const target = pathOf(written.raw);
    const isPicture = text[from - 1] === "!";
    const isPath = !isPicture && target !== "" && !OTHER_SCHEME.test(target);
    const { start, end } = written;
    links.push({ from, to: end + 1, ...(isPath && { reference: { kind: "link", target, start, end } as const }) });
  }
  return links;
}

/** The `[` that the `]` at `end` closes, or -1. */
function bracketBefore(text: string, end: number): number {
  let open = 0;
  for (let at = end; at >= 0 && at > end - LONGEST_PART; at--) {
    if (text[at] === "]") open++;
    else if (text[at] === "[" && --open === 0) return at;
  }
  return -1;
}

/** A link's destination: in `<…>`, or up to its title or the `)` that closes the link (CommonMark 6.3; VS Code allows blanks in it too). */
function destinationAt(text: string, from: number): { raw: string; start: number; end: number } | undefined {
  const limit = Math.min(text.length, from + LONGEST_PART);
  if (text[from] === "<") {
    const end = text.indexOf(">", from);
    return end > from && end < limit ? { raw: text.slice(from + 1, end), start: from + 1, end } : undefined;
  }
  let open = 0;
  for (let at = from; at < limit; at++) {
    const mark = text[at];
    if (mark === "(") open++;
    else if ((mark === ")" && open-- === 0) || ((mark === " " || mark === "\t") && /["']/.test(text[at + 1] ?? "")))
      return { raw: text.slice(from, at), start: from, end: at };
  }
  return undefined;
}

/** A link's path without `?query` and `#fragment`, its `%20` decoded. */
function pathOf(raw: string): string {
  const path = raw.replace(/[?#].*$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a % that encodes nothing
  }
}

function filesIn(text: string): LineReference[] {
  return [...text.matchAll(/#file:([^\s#]+)/gi)].map((match) => {
    const start = match.index + "#file:".length;
    return { kind: "file", target: match[1]!, start, end: start + match[1]!.length };
  });
}

function importsIn(text: string): LineReference[] {
  return [...text.matchAll(/(^|\s)@((?:[^\s\\]|\\ )+)/g)].flatMap((match): LineReference[] => {
    const start = match.index + match[1]!.length + 1;
    const target = match[2]!.replaceAll("\\ ", " ").replace(/#.*$/, "");
    return /^[\w.~/-]/.test(target) ? [{ kind: "import", target, start, end: start + match[2]!.length }] : [];
  });
}

/** The line with blanks in place of its code spans: what stands between runs of as many backticks (CommonMark 6.1). */
function withoutCodeSpans(line: string): string {
  const runs = [...line.matchAll(/`+/g)].map((match) => ({ start: match.index, length: match[0].length }));
  const unclosed = new Set<number>(); // lengths of which no further run follows
  let text = line;
  for (let i = 0; i < runs.length; i++) {
    const { start, length } = runs[i]!;
    if (unclosed.has(length)) continue;
    let closing = i + 1;
    while (closing < runs.length && runs[closing]!.length !== length) closing++;
    if (closing === runs.length) {
      unclosed.add(length);
      continue;
    }
    const end = runs[closing]!.start + length;
    text = text.slice(0, start) + " ".repeat(end - start) + text.slice(end);
    i = closing;
  }
  return text;
}
