import { TOKEN_CLASSES } from "../wire/usage.ts";
import type { Report } from "./report.ts";

/** A report as a table for spreadsheets (RFC 4180): a row for each of its rows, amounts in dollars and tokens. */
export function reportCsv({ groupBy, rows }: Report): string {
  const isInBlocks = rows.some(({ through }) => through !== undefined);
  const head = [
    ...groupBy,
    ...(isInBlocks ? ["through"] : []),
    ...["requests", "guarded", "cost_usd", "tokens_weighted", ...TOKEN_CLASSES],
    ...["overshoot_usd", "uncertain_requests", "uncertain_cost_usd"],
  ];
  const lines = rows.map(({ by, through = "", isRest, requests, guarded, cost, tokens, usage, overshoot, uncertain }) => [
    ...groupBy.map((dimension) => textCell(isRest ? "(all others)" : (by[dimension] ?? ""))),
    ...(isInBlocks ? [textCell(through)] : []),
    ...[
      String(requests),
      guarded === undefined ? "" : String(guarded),
      cost,
      tokens,
      ...TOKEN_CLASSES.map((name) => String(usage[name])),
    ],
    ...[overshoot ?? "", uncertain ? String(uncertain.requests) : "", uncertain?.cost ?? ""],
  ]);
  return [head, ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

/** Names come from elsewhere: none may be a spreadsheet's formula, or end its cell. */
function textCell(text: string): string {
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /["',\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}
