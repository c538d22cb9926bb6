import assert from "node:assert/strict";
import type { Grant, Person } from "../../protocol/endpoint.ts";
import { GrantBook } from "./grantBook.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const hours = (count: number) => new Date(NOW + count * 3_600_000).toISOString();
const grant = (id: string, person: string, more: Partial<Grant> = {}): Grant => ({
  ...{ id, person: { id: person, name: person }, allowance: { key: "k", name: "Month", unit: "usd" }, amount: "5" },
  ...{ reason: "r", until: hours(5), state: "requested", createdAt: hours(-1), ...more },
});
const person = (id: string, role: Person["role"] = "developer"): Person => ({ id, name: id, role });

describe("requests for more, as a machine knows them", () => {
  let book: GrantBook;
  const ids = (whose: Person, now = NOW) => book.of(whose, now).map(({ id, state }) => `${id} ${state}`);
  beforeEach(() => {
    book = new GrantBook();
    book.hear(
      grant("a", "kim"),
      grant("b", "bo", { createdAt: hours(-2) }),
      grant("c", "kim", { state: "denied", decidedAt: hours(-3), createdAt: hours(-4) }),
      grant("d", "bo", { state: "approved", decidedAt: hours(-3) }),
      grant("e", "kim", { state: "denied", decidedAt: hours(-30), createdAt: hours(-31) }),
    );
  });

  it("are a developer's own, with what was decided of late", () =>
    assert.deepEqual(ids(person("kim")), ["a requested", "c denied"]));

  it("are for a lead all that wait", () => assert.deepEqual(ids(person("lee", "lead")), ["a requested", "b requested"]));

  it("are for a lead also what others took themselves, for a day", () => {
    book.hear(grant("f", "bo", { state: "approved", breakGlass: true, decidedAt: hours(-3), createdAt: hours(-3) }));
    assert.deepEqual(ids(person("lee", "lead")), ["a requested", "b requested", "f approved"]);
    assert.deepEqual(ids(person("kim")), ["a requested", "c denied"]);
    assert.ok(!ids(person("lee", "lead"), Date.parse(hours(22))).includes("f approved"));
  });

  it("change as they are heard of, and expire by themselves", () => {
    book.hear(grant("a", "kim", { state: "approved", decidedAt: hours(0) }));
    book.hear(grant("a", "kim")); // a list that was made before
    assert.deepEqual(ids(person("kim")), ["a approved", "c denied"]);
    assert.deepEqual(ids(person("kim"), Date.parse(hours(6))), ["a expired", "c denied"]);
    assert.deepEqual(ids(person("lee", "lead"), Date.parse(hours(6))), []);
  });
});
