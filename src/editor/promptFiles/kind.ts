/**
 * When the tokens of a prompt file are paid:
 * - `asRequest`: when it is sent; it is a request itself;
 * - `always`: with every request; `inFolder`: with every request that works in its folder;
 * - `whenApplied`: with requests about files that it applies to, or to which it is attached;
 * - `whileChosen`: with every request to this agent;
 * - `whenUsed`: when the model takes up the skill.
 */
export type Paid = "asRequest" | "always" | "inFolder" | "whenApplied" | "whileChosen" | "whenUsed";

/** Whether `@path` imports files, as in Claude Code's memory. */
export function hasImports(path: string): boolean {
  return /^CLAUDE(\.local)?\.md$/.test(nameIn(path));
}

/**
 * When a prompt file is paid, by its path in the workspace (with `/`) and, of an instructions file, its `applyTo`.
 * As VS Code and Claude Code document it: AGENTS.md and CLAUDE.md of the workspace's root go with every request, those of other folders with what
 * is done there; instructions whose glob matches everything are always attached.
 */
export function paidWhen(path: string, applyTo: string | undefined): Paid {
  const name = nameIn(path);
  const folder = path.slice(0, Math.max(0, path.length - name.length - 1));
  if (name === "AGENTS.md") return folder === "" ? "always" : "inFolder";
  if (hasImports(path)) return folder === "" || folder === ".claude" ? "always" : "inFolder";
  if (name === "copilot-instructions.md") return folder === ".github" ? "always" : "whenApplied";
  if (name.endsWith(".instructions.md")) return appliesToAll(applyTo) ? "always" : "whenApplied";
  if (name.endsWith(".agent.md")) return "whileChosen";
  return name === "SKILL.md" ? "whenUsed" : "asRequest";
}

/** Whether one of the comma-separated globs, quoted or in a list or not, matches every file: `**`, the same in every folder, `*`. */
function appliesToAll(applyTo = ""): boolean {
  const globs = applyTo.replace(/\s#.*$/, "").split(","); // without a comment
  return globs.some((glob) => /^(\*\*|\*\*\/\*|\*)$/.test(glob.replace(/^[\s["']+|[\s\]"']+$/g, "")));
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
