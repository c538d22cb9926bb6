import type { Sql, Store } from "../../../src/endpoint/store/store.ts";

/** The same store, whose transactions go through `tap`: it sees their statements, and may change them. */
export function tapped(store: Store, tap: (sql: Sql) => Sql): Store {
  return {
    query: store.query.bind(store),
    transaction: (work) => store.transaction((sql) => work(tap(sql))),
    publish: store.publish.bind(store),
    subscribe: store.subscribe.bind(store),
    close: store.close.bind(store),
  };
}
