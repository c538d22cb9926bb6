import type { PreviewView } from "./protocol.ts";

/** The figures of a preview as Markdown: a sentence, what fills the prompt, and the models. */
export function figuresAsMarkdown({ headline, parts, models, words }: PreviewView): string {
  const { partColumns, modelColumns } = words;
  const sentences = headline && [
    `${headline.model}: ${[headline.summary, headline.share, headline.cheaper?.text].filter(Boolean).join(" · ")}`,
  ];
  const partTable = table(
    [partColumns.part, partColumns.tokens, partColumns.share],
    parts.filter(({ isIncluded }) => isIncluded).map(({ name, kind, tokens, share }) => [`${name} (${kind})`, tokens, share]),
  );
  const { model, tokens, input, output, total, share, window, verdict } = modelColumns;
  const modelTable = table(
    [model, tokens, input, output, total, share, window, verdict],
    models.map((row) => [
      `${row.name} (${[row.origin, ...row.badges.map(({ text }) => text)].join(" · ")})`,
      row.range ? `${row.tokens} (${row.range})` : row.tokens,
      ...[row.input, row.output, row.total],
      row.allowance ? `${row.share} (${row.allowance})` : row.share,
      row.window,
      [row.verdict.text, ...row.verdict.reasons].join(": "),
    ]),
  );
  return [...(sentences ?? []), partTable, modelTable].join("\n\n").concat("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** Names are data: none ends a cell, a line or begins a tag or a link. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\|<>[\]`*_]/g, (mark) => `\\${mark}`);
}
