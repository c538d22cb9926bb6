import { type Command, Option } from "commander";
import { inEnglish } from "../../budget/message.ts";
import { formatAmount, parseAmount, showAmount } from "../../budget/money.ts";
import { visibilityText } from "../../budget/policy/visibility.ts";
import { REPORT_DIMENSIONS, type Report } from "../../protocol/report.ts";
import { reportCsv } from "../../protocol/reportCsv.ts";
import { Remote } from "./remote.ts";
import type { Surroundings } from "./surroundings.ts";

interface ReportOptions {
  from?: string;
  to?: string;
  by: string;
  mine?: boolean;
  format: "table" | "csv" | "json";
}

/** `report` and `audit`, through the running endpoint. */
export function addReports(root: Command, { env, out, err }: Surroundings): void {
  root
    .command("report")
    .description("what the team has spent, through the running endpoint (TOKEN_BUDGET_ENDPOINT, TOKEN_BUDGET_TOKEN)")
    .option("--from <day>", "first day, e.g. 2026-11-01 (default: the first of the month)")
    .option("--to <day>", "last day (default: today)")
    .option("--by <dimensions>", `any of ${REPORT_DIMENSIONS.join(", ")}, separated by commas`, "model")
    .option("--mine", "your own requests alone")
    .addOption(new Option("--format <format>").choices(["table", "csv", "json"]).default("table"))
    .action(async ({ from, to, by, mine, format }: ReportOptions) => {
      const report = await new Remote(env).report({
        ...{ groupBy: by, ...(from && { from }), ...(to && { to }), ...(mine && { whose: "me" }) },
      });
      if (format === "json") return out(JSON.stringify(report, undefined, 2));
      if (format === "csv") return out(reportCsv(report).trimEnd());
      for (const line of tableOf(report)) out(line);
      if (report.whose === "team" && report.visibility !== "person") err(`${inEnglish(visibilityText(report.visibility))}.`);
    });
  root
    .command("audit")
    .description("who decided what, newest first: policies, raises, roles, tokens; through the running endpoint")
    .option("--json", "print it as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const records = await new Remote(env).audit();
      if (json) return out(JSON.stringify(records, undefined, 2));
      for (const { at, actor, action, subject, details } of records) {
        const { by = "the policy", ...rest } = details;
        const said = Object.entries(rest).map(([name, value]) => `${name}: ${value}`);
        out([at, actor ?? by, action, subject, said.join(", ")].join("  "));
      }
    });
}

/** Columns of text, with the sum below. */
function tableOf({ groupBy, rows, total }: Report): string[] {
  const money = (cost: string) => `$${formatAmount(roundedToCents(parseAmount(cost)))}`;
  const lines = [
    [...groupBy, "requests", "cost", "tokens"],
    ...[...rows, { ...total, by: {}, isRest: false, through: undefined }].map(
      ({ by, isRest, through, requests, cost, tokens }) => [
        ...groupBy.map((dimension, index) =>
          nameOf(by[dimension], { isRest, through, isTotal: index === 0 && !(dimension in by) }),
        ),
        ...[String(requests), money(cost), showAmount(parseAmount(tokens), "tokens")],
      ],
    ),
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column < groupBy.length ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}

interface Naming {
  isRest?: boolean | undefined;
  through?: string | undefined;
  isTotal: boolean;
}

function nameOf(value: string | undefined, { isRest, through, isTotal }: Naming): string {
  if (isTotal) return "all";
  if (value === undefined) return "";
  if (isRest) return "(all others)";
  return value === "" ? "(none)" : through === undefined ? value : `${value} to ${through}`;
}

const CENT = 10_000_000n;

function roundedToCents(nano: bigint): bigint {
  return ((nano + CENT / 2n) / CENT) * CENT;
}
