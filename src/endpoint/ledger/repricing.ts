import type { Store } from "../store/store.ts";
import { appendEvent } from "./events.ts";
import { publishNotice } from "./notice.ts";
import { findTeam, type Policies } from "./policies.ts";

/** Tells every team which prices are in force now. */
export async function publishPrices(store: Store, policies: Policies, now: number): Promise<void> {
  const teams = await store.query<{ id: string }>("select id from team order by id");
  for (const { id } of teams) {
    await store.transaction(async (sql) => {
      const team = await findTeam(sql, id, "update");
      const { policy } = await policies.current(sql, team);
      await appendEvent(sql, id, "prices", { priceRef: policies.prices(policy, now).priceRef }, new Date(now));
    });
    await publishNotice(store, { team: id, kind: "events" });
  }
}
