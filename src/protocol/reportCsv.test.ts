import assert from "node:assert/strict";
import fc from "fast-check";
import type { Report, ReportRow } from "./report.ts";
import { reportCsv } from "./reportCsv.ts";

const usage = { input: 1, cacheRead: 2, cacheWrite5m: 3, cacheWrite1h: 4, output: 5, audioIn: 6, audioOut: 7 };
const row = (name: string, more: Partial<ReportRow> = {}): ReportRow => ({
  ...{ by: { developer: name }, requests: 2, cost: "1.5", tokens: "12", usage },
  ...more,
});
const report = (...rows: ReportRow[]): Report => ({
  ...{ from: "2026-11-01", to: "2026-11-30", timeZone: "UTC", whose: "team", visibility: "person", groupBy: ["developer"] },
  ...{ rows, total: rows[0]! },
});

/** What a spreadsheet reads of it (RFC 4180). */
function cellsOf(csv: string): string[][] {
  const cells = [...csv.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/g)];
  const lines: string[][] = [[]];
  for (const [, cell, end] of cells) {
    lines.at(-1)!.push(cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!);
    if (end === "\r\n") lines.push([]);
  }
  return lines.slice(0, -1);
}

describe("a report for spreadsheets", () => {
  it("has a column for each dimension and figure, and exact amounts", () => {
    const [head, first] = cellsOf(
      reportCsv(report(row("Ada", { guarded: 1, overshoot: "0.25", uncertain: { requests: 1, cost: "0.000000001" } }))),
    );
    assert.deepEqual(Object.fromEntries(head!.map((name, index) => [name, first![index]])), {
      ...{ developer: "Ada", requests: "2", guarded: "1", cost_usd: "1.5", tokens_weighted: "12" },
      ...{ input: "1", cacheRead: "2", cacheWrite5m: "3", cacheWrite1h: "4", output: "5", audioIn: "6", audioOut: "7" },
      ...{ overshoot_usd: "0.25", uncertain_requests: "1", uncertain_cost_usd: "0.000000001" },
    });
  });

  it("has no name that is a formula to a spreadsheet, and every name as it is behind an apostrophe", () =>
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom("=1+1", "+a", "-b", "@c", "\t=x", 'a"b', "a,b", "a\r\nb"), fc.string()), (name) => {
        const [, first] = cellsOf(reportCsv(report(row(name))));
        assert.ok(!/^[=+\-@\t\r]/.test(first![0]!));
        assert.equal(first![0]!.replace(/^'(?=[=+\-@\t\r])/, ""), name);
        assert.equal(first!.length, 15);
      }),
    ));
});
