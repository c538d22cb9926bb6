import { assumed, exactly, type TokenRange } from "../tokenRange.ts";

/**
 * Tokens of the system prompt that the API adds when there are tools: with `tool_choice` auto or none, and with any or tool.
 * Source: platform.claude.com, about-claude/pricing, "Tool use pricing", read 2026-11. (Its revisions before 2026-06 gave 346 and 313 for all of
 * Claude 4.) The first that matches applies.
 */
const TOOL_PROMPTS: { pattern: RegExp; auto: number; forced: number }[] = [
  { pattern: /opus-5(?![-.]\d(?!\d))/, auto: 286, forced: 406 },
  { pattern: /opus-4[-.]8/, auto: 290, forced: 410 },
  { pattern: /opus-4[-.]7/, auto: 675, forced: 804 },
  { pattern: /sonnet-5(?![-.]\d(?!\d))/, auto: 354, forced: 474 },
  { pattern: /(opus|sonnet)-4[-.]6/, auto: 497, forced: 589 },
  { pattern: /(opus|sonnet|haiku)-4[-.]5/, auto: 496, forced: 588 },
  { pattern: /(opus|sonnet)-4(?!\d)/, auto: 313, forced: 315 },
  { pattern: /3[-.]5-haiku|haiku-3[-.]5/, auto: 264, forced: 355 },
];

/** For a model that the page does not list: from the least to the most that it lists. */
const UNLISTED = assumed(264, 350, 804);

/** What the API adds so that the model can use tools. `forced`: it must call one. */
export function toolPrompt(model: string, forced: boolean): TokenRange {
  const name = model.toLowerCase();
  const listed = TOOL_PROMPTS.find(({ pattern }) => pattern.test(name));
  return listed ? exactly(forced ? listed.forced : listed.auto) : UNLISTED;
}

/**
 * Tokens of a tool whose description is the API's own, by the type's name without its date (same page, "Specific tool pricing"): bash 245,
 * text editor 700, computer 735, the toolsets for a computer and a browser about 4,500 and 6,600. Others are not published.
 */
const BUILT_IN = new Map<string, TokenRange>([
  ["bash", exactly(245)],
  ["text_editor", exactly(700)],
  ["computer", exactly(735)],
  ["computer_toolset", assumed(4_000, 4_500, 5_000)],
  ["browser_toolset", assumed(6_000, 6_600, 7_200)],
]);
const UNPUBLISHED = assumed(0, 500, 3_000);

/** Tokens of one of the API's own tools, e.g. `bash_20250124`. */
export function builtInTool(type: string): TokenRange {
  return BUILT_IN.get(type.replace(/_\d{8}$/, "")) ?? UNPUBLISHED;
}
