import assert from "node:assert/strict";
import fc from "fast-check";
import type { State } from "../../protocol/daemon.ts";
import { withChange } from "../../protocol/stateChange.ts";
import { StateFeed } from "./stateFeed.ts";

/** Of the fields of a state some, each with one of a few values. */
const states = fc.record(
  {
    priceRef: fc.constantFrom("catalogue", "policy"),
    pending: fc.constantFrom({ entries: 0, uncertain: 0 }, { entries: 1, uncertain: 0 }),
    coverage: fc.constantFrom([], [{ source: "Send Prompt", level: "guarded" }]),
    ledgerWarning: fc.constantFrom("full", "read-only"),
    clockSkew: fc.nat(1),
  },
  { requiredKeys: ["priceRef", "pending"], noNullPrototype: true },
) as unknown as fc.Arbitrary<State>;

class Client {
  state: State | undefined;
  #told = 0;

  /** Takes what it does not know; answers which fields that were. */
  look(feed: StateFeed): string[] {
    const news = feed.since(this.#told);
    if (!news) return [];
    this.#told = news.version;
    this.state = withChange(this.state, news.change);
    return [...Object.keys(news.change.fields), ...news.change.gone];
  }
}

describe("what clients are told of the state", () => {
  it("makes theirs the daemon's, whenever each of them looks, and names no field that is as it was", () => {
    const steps = fc.array(fc.record({ state: states, looks: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (taken) => {
        let now = {} as State;
        const feed = new StateFeed(() => structuredClone(now));
        const [often, seldom] = [new Client(), new Client()];
        for (const { state, looks } of taken) {
          const before = now;
          now = state;
          feed.changed();
          for (const name of often.look(feed) as (keyof State)[]) assert.notDeepEqual([before[name]], [state[name]], name);
          if (looks) seldom.look(feed);
          for (const client of looks ? [often, seldom] : [often]) {
            assert.deepEqual(client.state, state);
            assert.deepEqual(client.look(feed), []);
          }
        }
      }),
    );
  });

  it("is one reading of the state for all of them", () => {
    let readings = 0;
    const feed = new StateFeed(() => {
      readings++;
      return { priceRef: "catalogue", clockSkew: readings } as State;
    });
    const clients = [new Client(), new Client()];
    for (const client of clients) assert.deepEqual(client.look(feed), ["priceRef", "clockSkew"]);
    assert.equal(readings, 1);
    feed.changed();
    for (const client of clients) assert.deepEqual(client.look(feed), ["clockSkew"]);
    assert.equal(readings, 2);
  });
});
