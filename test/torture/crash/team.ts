import type { Store } from "../../../src/endpoint/store/store.ts";
import type { CrashedTeam } from "./daemon.ts";

/** A team of one developer with one allowance, whose books are looked at in the store itself. */
export function teamOver(store: Store, team: string, url: string, token: string): CrashedTeam {
  return {
    url,
    token,
    async entries() {
      const rows = await store.query<{ id: string; cost: string; usage_source: string }>(
        "select id, cost, usage_source from entry where team = $1 and kind = 'settle'",
        [team],
      );
      return rows.map(({ id, cost, usage_source }) => ({ id, cost: BigInt(cost), source: usage_source }));
    },
    async allowance() {
      const [row] = await store.query<{ spend: string; held: string }>(
        "select spend, held from whole_allowance where team = $1",
        [team],
      );
      return { spend: BigInt(row!.spend), held: BigInt(row!.held) };
    },
  };
}
