import { MarkdownReader } from "../markdownLines.ts";
import { type LineReference, referencesIn } from "./references.ts";

/** A reference and the line on which it stands, from 0. */
export interface Reference extends LineReference {
  line: number;
}

/** What a prompt file says of itself and of others. Fed line by line, in slices of any size. */
export class PromptScan {
  readonly references: Reference[] = [];
  /** The globs of an instructions file, as they are written in its front matter. */
  applyTo: string | undefined;
  private readonly reader = new MarkdownReader();
  private readonly withImports: boolean;

  /** @param withImports whether `@path` is an import, as in CLAUDE.md */
  constructor(withImports: boolean) {
    this.withImports = withImports;
  }

  read(text: string, line: number): void {
    const { kind } = this.reader.read(text);
    if (kind === "frontMatter") this.applyTo ??= /^applyTo[ \t]*:(.{0,1000})/.exec(text)?.[1]?.trim();
    else if (kind === "text" || kind === "heading")
      for (const reference of referencesIn(text, this.withImports)) this.references.push({ ...reference, line });
  }
}
