import assert from "node:assert/strict";
import { hasImports, paidWhen } from "./kind.ts";
import { PromptScan } from "./scan.ts";

describe("when a prompt file is paid", () => {
  it("with every request, where assistants attach it unasked", () => {
    for (const path of ["AGENTS.md", "CLAUDE.md", ".claude/CLAUDE.md", "CLAUDE.local.md", ".github/copilot-instructions.md"])
      assert.equal(paidWhen(path, undefined), "always", path);
    for (const applyTo of ['"**"', "'**/*'", "**", "*", '["**"]', "'**/*.md, **'", '"**" # all'])
      assert.equal(paidWhen(".github/instructions/a.instructions.md", applyTo), "always", applyTo);
  });

  it("now and then, where it depends", () => {
    for (const path of ["src/AGENTS.md", "src/CLAUDE.md"]) assert.equal(paidWhen(path, undefined), "inFolder");
    for (const applyTo of [undefined, "", '"**/*.ts"', "src/**", "'**/*.{ts,tsx}'"])
      assert.equal(paidWhen("a.instructions.md", applyTo), "whenApplied", applyTo);
    assert.equal(paidWhen("docs/copilot-instructions.md", undefined), "whenApplied");
    assert.equal(paidWhen(".github/agents/review.agent.md", undefined), "whileChosen");
    assert.equal(paidWhen(".github/skills/a/SKILL.md", undefined), "whenUsed");
  });

  it("as a request of its own, otherwise", () => {
    for (const path of ["a.prompt.md", "notes.md", "MYAGENTS.md"]) assert.equal(paidWhen(path, '"**"'), "asRequest", path);
  });

  it("and only Claude Code's memory imports", () => {
    assert.deepEqual(["CLAUDE.md", "a/CLAUDE.local.md", "AGENTS.md", "a.prompt.md", "NOTCLAUDE.md"].filter(hasImports), [
      "CLAUDE.md",
      "a/CLAUDE.local.md",
    ]);
  });
});

describe("what a prompt file says", () => {
  it("is read from its front matter and its text, not from its code", () => {
    const scan = new PromptScan(true);
    const lines = [
      "---",
      'applyTo: "**"',
      "description: '[no](no.md)'",
      "---",
      "# [a](a.md)",
      "```",
      "[no](no.md) @no.md",
      "```",
      "@b.md",
    ];
    for (const [line, text] of lines.entries()) scan.read(text, line);
    assert.equal(scan.applyTo, '"**"');
    assert.deepEqual(
      scan.references.map(({ target, line }) => [target, line]),
      [
        ["a.md", 4],
        ["b.md", 8],
      ],
    );
  });
});
