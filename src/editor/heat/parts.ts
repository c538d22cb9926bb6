import { MarkdownReader } from "../markdownLines.ts";

/** A part of a document: the lines `[start, end)`. */
export interface Part {
  /** Its heading, or how it begins; empty for front matter. */
  title: string;
  start: number;
  end: number;
}

/** More parts than this are too many to show: neighbours are taken together. */
const MOST_PARTS = 500;
/** With fewer headings a document is shown by its paragraphs: sections would say nothing. */
const LEAST_SECTIONS = 3;
/** Characters of a title. */
const LONGEST_TITLE = 80;

type Start = Pick<Part, "title" | "start">;

/**
 * Splits a document into the parts whose tokens are shown: the sections of Markdown, each up to the next heading of any level; where there are
 * hardly any, paragraphs, a heading being part of the first below it. Fed line by line, in slices of any size.
 */
export class PartSplitter {
  private readonly reader: MarkdownReader | undefined;
  private readonly sections: Start[] = [];
  private readonly paragraphs: Start[] = [];
  private headings = 0;
  private lines = 0;
  /** The next line with text on it begins a paragraph. */
  private isBetween = true;
  private last = { title: "", isHeading: false, isFrontMatter: false };

  constructor(isMarkdown: boolean) {
    this.reader = isMarkdown ? new MarkdownReader() : undefined;
  }

  read(text: string): void {
    const start = this.lines++;
    const read = this.reader?.read(text) ?? { kind: text.trim() === "" ? "blank" : "text" };
    if (read.kind === "blank") {
      if (!this.last.isHeading) this.isBetween = true;
      return;
    }
    const isHeading = read.kind === "heading" || read.kind === "underline";
    const isFrontMatter = read.kind === "frontMatter";
    if (read.kind === "underline") this.heading({ title: this.last.title, start: start - 1 });
    else if (read.kind === "heading") this.heading({ title: read.title, start });
    else this.body({ title: isFrontMatter ? "" : text, start }, isFrontMatter);
    this.isBetween = false;
    this.last = { title: text, isHeading, isFrontMatter };
  }

  /** The parts of all that was read, in their order; none of them is blank. */
  parts(): Part[] {
    const starts = merged(this.headings >= LEAST_SECTIONS ? this.sections : this.paragraphs);
    return starts.map(({ title, start }, i) => ({
      ...{ title: shortened(title.trim()), start },
      end: starts[i + 1]?.start ?? this.lines,
    }));
  }

  private heading(begin: Start): void {
    this.headings++;
    for (const starts of [this.sections, this.paragraphs]) {
      if (starts.at(-1)?.start === begin.start) starts.pop(); // the line that an underline makes a heading of
      starts.push(begin);
    }
  }

  private body(begin: Start, isFrontMatter: boolean): void {
    const isAfterFrontMatter = this.last.isFrontMatter && !isFrontMatter;
    if (this.sections.length === 0 || isAfterFrontMatter) this.sections.push(begin);
    if (this.isBetween || isAfterFrontMatter) this.paragraphs.push(begin);
  }
}

function shortened(title: string): string {
  return title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title;
}

/** At most `MOST_PARTS`: as many neighbours as it takes become one. */
function merged(starts: readonly Start[]): Start[] {
  const size = Math.ceil(starts.length / MOST_PARTS);
  return starts.filter((_, i) => i % size === 0);
}
