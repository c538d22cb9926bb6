import { parseArgs } from "node:util";
import { load, namesIn } from "./bench/modules.ts";
import { type Row, tableOf } from "./bench/row.ts";

/** `npm run bench [-- NAME… [--json]]`: measures side by side with peers. Without a name: every bench there is. JSON is one line per bench. */

const folder = "test/bench";

try {
  const { values, positionals } = parseArgs({ options: { json: { type: "boolean", default: false } }, allowPositionals: true });
  const names = positionals.length > 0 ? positionals : namesIn(folder);
  if (positionals.length === 0) console.error(`Running all of ${names.join(", ") || "nothing"}`);
  for (const name of names) {
    const bench = await load<() => Promise<Row[]>>(folder, name, "bench");
    const rows = await bench();
    console.log(values.json ? JSON.stringify({ bench: name, rows }) : `${name}\n${tableOf(rows)}\n`);
  }
} catch (error) {
  console.error((error as Error).message);
  console.error(`usage: npm run bench [-- NAME… [--json]], with NAME one of ${namesIn(folder).join(", ")}`);
  process.exitCode = 1;
}
