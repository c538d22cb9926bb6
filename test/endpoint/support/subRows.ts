import { HotRows } from "../../../src/endpoint/ledger/hotRows.ts";
import type { Sql, Store } from "../../../src/endpoint/store/store.ts";
import { tapped } from "./tapped.ts";

/** Takes any wait for a long one: an endpoint with it splits each team's rows whenever they may be split. */
export function splitAlways(): HotRows {
  return new HotRows(-1, 1);
}

/** The same store, which counts the statements of its transactions that match. */
export function counted(store: Store, statement: RegExp): { store: Store; writes: () => number } {
  let count = 0;
  const counting = (sql: Sql): Sql => ({
    query: (text, parameters) => {
      if (statement.test(text)) count++;
      return sql.query(text, parameters);
    },
  });
  return { store: tapped(store, counting), writes: () => count };
}
