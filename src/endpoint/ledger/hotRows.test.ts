import assert from "node:assert/strict";
import { HotRows } from "./hotRows.ts";

describe("rows that are waited for", () => {
  const waitedFor = (...waits: number[]) => {
    const rows = new HotRows(20, 100);
    for (const ms of waits) rows.waited("team", ms);
    return rows;
  };
  const many = (count: number, ms: number) => Array.from({ length: count }, () => ms);

  it("are hot where more than one wait in a hundred is longer than 20 ms", () => {
    assert.equal(waitedFor(...many(99, 1), 500).areHot("team"), false);
    assert.equal(waitedFor(...many(98, 1), 500, 21).areHot("team"), true);
    assert.equal(waitedFor(...many(100, 20)).areHot("team"), false);
  });

  it("are not said to be hot by a few waits, nor by those of another team, nor by old ones", () => {
    assert.equal(waitedFor(...many(99, 500)).areHot("team"), false);
    assert.equal(waitedFor(...many(100, 500)).areHot("another"), false);
    assert.equal(waitedFor(...many(100, 500), ...many(100, 1)).areHot("team"), false);
  });
});
