/** One import of a module: types included, for an arrow is an arrow. */
export interface Import {
  specifier: string;
  line: number;
}

/** `import … from "x"`, `export … from "x"`: at the start of a line, as the formatter leaves them; the list may go over several lines and hold comments. */
const FROM = /^(?:import|export)\s+(?:[\w$\s,{}*]|"[^"]*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*?\bfrom\s*["']([^"'\n]+)["']/gm;
const BARE = /^import\s*["']([^"'\n]+)["']/gm;
/** `import("x")` as a call or in a type, and `require("x")`. */
const CALL = /\b(?:import|require)\(\s*["'`]([^"'`\n]+)["'`]/g;

/** All imports of a TypeScript source. Comments and strings are not read apart: what looks like an import in a comment's own line is left out. */
export function importsOf(source: string): Import[] {
  const code = source.replace(/^[ \t]*(?:\/\/|\*|\/\*\*).*$/gm, "");
  return [FROM, BARE, CALL]
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .map((match) => ({ specifier: match[1]!, line: lineOf(code, match.index + match[0].length) }))
    .sort((a, b) => a.line - b.line);
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
