/** What one line of a Markdown text is, as far as prompts care. */
export type MarkdownLine =
  | { kind: "frontMatter" | "code" | "text" | "blank" }
  /** `#` to `######` and the heading's text. */
  | { kind: "heading"; level: number; title: string }
  /** Makes a heading of the line before (CommonMark: a setext heading). */
  | { kind: "underline"; level: 1 | 2 };

/** A line that is longer is pasted data: no heading, and no reference in it is looked for (characters). */
export const LONGEST_LINE = 10_000;
/** Of a heading, only so much is of use (characters). */
const LONGEST_TITLE = 200;

/** Any other block than a paragraph: what is drawn under it is a rule and no heading's underline. */
const NO_PARAGRAPH = /^ {0,3}(?:[-*+>|]|\d{1,9}[.)])/;

/**
 * Reads a Markdown text line by line, in time linear in the text and in slices of any size, as no parser of whole documents does: front matter,
 * fenced code and headings as in CommonMark 0.31. Two differences, both as VS Code reads prompt files: fences may be indented however deep (most
 * are in lists), and indented code is read as text.
 */
export class MarkdownReader {
  private isFirst = true;
  private inFrontMatter = false;
  private fence: { mark: string; length: number } | undefined;
  private afterParagraph = false;

  /** Takes the next line, without its end. */
  read(line: string): MarkdownLine {
    const read = line.length > LONGEST_LINE ? this.readLong() : this.readShort(line);
    this.afterParagraph = read.kind === "text" && !NO_PARAGRAPH.test(line);
    this.isFirst = false;
    return read;
  }

  private readLong(): MarkdownLine {
    return { kind: this.inFrontMatter ? "frontMatter" : this.fence ? "code" : "text" };
  }

  private readShort(line: string): MarkdownLine {
    const isRule = /^---[ \t]*$/.test(line);
    if (this.isFirst && isRule) {
      this.inFrontMatter = true;
      return { kind: "frontMatter" };
    }
    if (this.inFrontMatter) {
      if (isRule) this.inFrontMatter = false;
      return { kind: "frontMatter" };
    }
    return this.readBody(line);
  }

  private readBody(line: string): MarkdownLine {
    const [, marks, rest = ""] = /^\s*(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (this.fence) {
      if (marks?.[0] === this.fence.mark && marks.length >= this.fence.length && rest.trim() === "") this.fence = undefined;
      return { kind: "code" };
    }
    if (marks && !(marks[0] === "`" && rest.includes("`"))) {
      this.fence = { mark: marks[0]!, length: marks.length };
      return { kind: "code" };
    }
    if (line.trim() === "") return { kind: "blank" };
    if (this.afterParagraph) {
      if (/^ {0,3}=+[ \t]*$/.test(line)) return { kind: "underline", level: 1 };
      if (/^ {0,3}-+[ \t]*$/.test(line)) return { kind: "underline", level: 2 };
    }
    const [heading, hashes = ""] = /^ {0,3}(#{1,6})(?=[ \t]|$)/.exec(line) ?? [];
    if (heading === undefined) return { kind: "text" };
    return { kind: "heading", level: hashes.length, title: titleIn(line.slice(heading.length)) };
  }
}

/** A heading's text without the `#` that may close it. */
function titleIn(text: string): string {
  return text
    .slice(0, LONGEST_TITLE)
    .trim()
    .replace(/(^|[ \t])#+$/, "")
    .trim();
}
