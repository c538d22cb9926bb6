import assert from "node:assert/strict";
import fc from "fast-check";
import { max, type Nano, ONE } from "../money.ts";
import {
  type Advance,
  applySync,
  brokenInvariants,
  capOf,
  EMPTY_ADVANCE,
  heldOf,
  isInDoubt,
  leftOf,
  type Pool,
  type Report,
  type Terms,
  timeToLive,
  writtenOff,
} from "./endpoint.ts";

const OPEN: Terms = { cap: 1_000n, close: false };
const pool = (limit: bigint, key = "a"): Pool => ({ key, limit, spend: 0n, held: 0n });
const report = (part: Partial<Report>): Report => ({
  seq: 1,
  granted: 0n,
  spent: 0n,
  returned: 0n,
  open: 0n,
  needs: [],
  want: 0n,
  ...part,
});
const need = (amount: bigint, id = "n") => ({ id, amount });

describe("the endpoint's half of an advance", () => {
  it("grants needs whole and in order, and names the tightest pool to who is refused", () => {
    const pools = [pool(100n, "wide"), pool(10n, "tight")];
    const needs = [need(6n, "first"), need(5n, "second"), need(4n, "third")];
    const { advance, refused } = applySync(EMPTY_ADVANCE, pools, report({ needs }), OPEN);
    assert.equal(advance.granted, 10n);
    assert.deepEqual(refused, [{ id: "second", key: "tight", remaining: 4n }]);
  });

  it("tops up to what is wanted, the cap, or half of what is left, and not at all beside a refusal", () => {
    const top = (want: bigint, cap: bigint, limit: bigint, needs = [need(0n)]) =>
      applySync(EMPTY_ADVANCE, [pool(limit)], report({ want, needs }), { cap, close: false }).advance.granted;
    assert.equal(top(7n, 100n, 1000n), 7n);
    assert.equal(top(7n, 5n, 1000n), 5n);
    assert.equal(top(7n, 100n, 8n), 4n);
    assert.equal(top(7n, 100n, 8n, [need(9n)]), 0n);
  });

  it("asks for nothing anew where free money already covers a need, even beyond the limit", () => {
    const had: Advance = { ...EMPTY_ADVANCE, granted: 50n };
    const over: Pool = { ...pool(10n), held: 50n };
    const { advance, refused } = applySync(had, [over], report({ granted: 50n, needs: [need(50n)] }), OPEN);
    assert.deepEqual([advance.granted, refused], [50n, []]);
    assert.equal(applySync(had, [over], report({ granted: 50n, needs: [need(51n)] }), OPEN).refused.length, 1);
  });

  it("grants the same needs, and holds as much at most, when what is free comes home with them", () => {
    const small = fc.bigInt({ min: 0n, max: 50n });
    const asked = fc.array(small, { maxLength: 4 });
    fc.assert(
      fc.property(asked, small, small, small, (amounts, open, free, left) => {
        const granted = open + free;
        const pools = [{ ...pool(granted + left), held: granted }];
        const needs = amounts.map((amount, i) => need(amount, `${i}`));
        const sync = (returned: Nano) =>
          applySync({ ...EMPTY_ADVANCE, granted }, pools, report({ granted, returned, open, needs }), OPEN);
        const [kept, home] = [sync(0n), sync(free)];
        assert.deepEqual(
          home.refused.map(({ id }) => id),
          kept.refused.map(({ id }) => id),
        );
        assert.ok(home.pools[0]!.held <= kept.pools[0]!.held);
      }),
    );
  });

  it("counts spend above what was granted", () => {
    const had: Advance = { ...EMPTY_ADVANCE, granted: 5n };
    const [after] = applySync(had, [{ ...pool(10n), held: 5n }], report({ granted: 5n, spent: 8n }), OPEN).pools;
    assert.deepEqual([after?.spend, after?.held], [8n, 0n]);
  });

  it("closes in two steps: draining until all has come home", () => {
    const had: Advance = { ...EMPTY_ADVANCE, granted: 5n };
    const closing = { cap: 0n, close: true };
    const pools = [{ ...pool(10n), held: 5n }];
    const draining = applySync(had, pools, report({ granted: 5n, needs: [need(1n)], open: 2n }), closing);
    assert.deepEqual([draining.advance.state, draining.advance.granted, draining.refused], ["draining", 5n, []]);
    const closed = applySync(draining.advance, draining.pools, report({ seq: 2, granted: 5n, spent: 1n, returned: 4n }), closing);
    assert.deepEqual([closed.advance.state, closed.pools[0]?.held], ["closed", 0n]);
  });

  it("has in doubt what a machine holds that was silent beyond its deadline, and a minute for what is on its way", () => {
    const had: Advance = { ...EMPTY_ADVANCE, granted: 5n };
    assert.deepEqual([isInDoubt(had, 1_000, 61_000), isInDoubt(had, 1_000, 61_001)], [false, true]);
    assert.equal(isInDoubt({ ...had, spent: 5n }, 1_000, 99_000), false);
  });

  it("books what was spent after all of what was written off, and grants nothing more from it", () => {
    const had: Advance = { ...EMPTY_ADVANCE, granted: 5n };
    const off = writtenOff(had, [{ ...pool(10n), held: 5n }]);
    assert.deepEqual([off.advance.state, off.pools[0]?.held], ["closed", 0n]);
    const closing = { cap: 0n, close: true };
    const late = applySync(off.advance, off.pools, report({ granted: 5n, spent: 3n, open: 1n, needs: [need(1n)] }), closing);
    assert.deepEqual([late.pools[0]?.spend, late.pools[0]?.held, late.advance.granted, late.refused], [3n, 0n, 5n, []]);
    assert.deepEqual(brokenInvariants(off, late, report({ granted: 5n, spent: 3n })), []);
  });

  it("caps what one machine keeps at half a share of the scarcest pool, and at nothing when that is small change", () => {
    assert.equal(capOf([{ unallocated: 10n * ONE, free: 2n * ONE, machines: 3 }], "usd"), 2n * ONE);
    const scarce = { unallocated: ONE, free: 0n, machines: 5 };
    assert.equal(capOf([{ unallocated: 10n * ONE, free: 0n, machines: 1 }, scarce], "usd"), ONE / 10n);
    assert.equal(capOf([{ ...scarce, machines: 6 }], "usd"), 0n);
  });

  it("is as large as the policy says: a part of an equal share, up to an amount in dollars", () => {
    const pools = [{ unallocated: 30n * ONE, free: 0n, machines: 3 }];
    assert.deepEqual([capOf(pools, "usd", { share: 0.1 }), capOf(pools, "usd", { share: 1 })], [ONE, 10n * ONE]);
    assert.equal(capOf(pools, "usd", { share: 1, most: "2.5" }), (5n * ONE) / 2n);
    assert.equal(capOf(pools, "usd", { share: 0.5, most: "0.05" }), 0n, "every request asks");
    const tokens = [{ unallocated: 900_000n * ONE, free: 0n, machines: 3 }];
    assert.equal(capOf(tokens, "tokens", { share: 0.5, most: "0" }), 150_000n * ONE);
  });

  it("lives ten minutes, and never beyond the first of its periods' ends", () => {
    assert.equal(timeToLive([5_000_000], 0), 600);
    assert.equal(timeToLive([5_000_000], 0, 120), 120);
    assert.equal(timeToLive([5_000_000, 90_000], 30_000), 60);
    assert.equal(timeToLive([30_000], 30_000), 0);
    assert.equal(timeToLive([30_000], 99_000), 0);
  });

  it("keeps every promise under any machines, honest or not, and any limits", () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60, size: "max" }), keepsPromises), { numRuns: 300 });
  });

  it("never lets honest machines spend beyond a limit that stands, however messages are lost, repeated and reordered", () => {
    fc.assert(fc.property(fc.bigInt(1n, 300n), fc.array(action, { maxLength: 120, size: "max" }), staysWithinLimit), {
      numRuns: 300,
    });
  });
});

const amount = fc.bigInt(0n, 60n);
/** Anything a machine may say, and a new limit now and then. */
const step = fc.record({
  machine: fc.nat(2),
  limit: fc.option(fc.bigInt(0n, 200n), { freq: 5 }),
  close: fc.boolean(),
  cap: amount,
  /** A lead writes off what the machine holds, whether or not that was wise. */
  writeOff: fc.boolean(),
  message: fc.record({
    seq: fc.nat(20),
    granted: fc.bigInt(0n, 80n),
    spent: amount,
    returned: amount,
    open: amount,
    needs: fc.array(fc.record({ id: fc.constant("n"), amount }), { maxLength: 4 }),
    want: amount,
  }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Machine 0 draws on the first pool, machine 1 on the second, machine 2 on both. */
const DRAWS = [[0], [1], [0, 1]];

function keepsPromises(steps: Step[]): void {
  const pools = [pool(100n, "a"), pool(150n, "b")];
  const advances = DRAWS.map(() => EMPTY_ADVANCE);
  for (const { machine, limit, close, cap, message, writeOff } of steps) {
    if (limit !== null) pools[machine % 2] = { ...pools[machine % 2]!, limit };
    const draws = DRAWS[machine]!;
    const before = { advance: advances[machine]!, pools: draws.map((index) => pools[index]!) };
    const outcome = applySync(before.advance, before.pools, message, { cap, close });
    assert.deepEqual(brokenInvariants(before, outcome, message), []);
    const rise = outcome.advance.granted - max(before.advance.granted, message.granted);
    if (message.seq < before.advance.seq || close) assert.equal(rise, 0n);
    outcome.pools.forEach((after, i) => {
      const was = before.pools[i]!;
      const adopted = outcome.adopted ? message.granted - before.advance.granted : 0n;
      const overspent = outcome.advance.spent - before.advance.spent;
      // Beyond the limit nothing is handed out: it only rises by what the machine did already.
      if (leftOf(after) < 0n) assert.ok(after.spend + after.held <= was.spend + was.held + adopted + overspent);
      pools[draws[i]!] = after;
    });
    advances[machine] = outcome.advance;
    if (writeOff) {
      const after = writtenOff(
        outcome.advance,
        draws.map((index) => pools[index]!),
      );
      assert.equal(heldOf(after.advance), 0n);
      advances[machine] = after.advance;
      after.pools.forEach((one, i) => {
        pools[draws[i]!] = one;
      });
    }
    pools.forEach((current, index) => {
      const mine = advances.filter((_, i) => DRAWS[i]!.includes(index));
      assert.equal(
        current.held,
        mine.reduce((sum, advance) => sum + heldOf(advance), 0n),
      );
      assert.equal(
        current.spend,
        mine.reduce((sum, advance) => sum + advance.spent, 0n),
      );
    });
  }
}

/** What honest machines and the network between do. */
const action = fc.oneof(
  fc.record({ do: fc.constant("send" as const), machine: fc.nat(2), need: fc.bigInt(1n, 40n), want: fc.bigInt(0n, 30n) }),
  fc.record({ do: fc.constant("deliver" as const), pick: fc.nat(), keep: fc.boolean(), loseReply: fc.boolean() }),
  fc.record({ do: fc.constant("spend" as const), machine: fc.nat(2), amount: fc.bigInt(1n, 40n) }),
  fc.record({ do: fc.constant("return" as const), machine: fc.nat(2), amount: fc.bigInt(1n, 40n) }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function staysWithinLimit(limit: Nano, actions: Action[]): void {
  let shared = pool(limit);
  const machines = [0, 1, 2].map(() => ({ book: EMPTY_ADVANCE, granted: 0n, spent: 0n, returned: 0n, seq: 0 }));
  const wire: { machine: number; message: Report }[] = [];
  for (const event of actions) {
    if (event.do === "deliver") {
      if (wire.length === 0) continue;
      const index = event.pick % wire.length;
      const { machine, message } = wire[index]!;
      if (!event.keep) wire.splice(index, 1);
      const target = machines[machine]!;
      const outcome = applySync(target.book, [shared], message, { cap: 30n, close: false });
      assert.deepEqual(brokenInvariants({ advance: target.book, pools: [shared] }, outcome, message), []);
      target.book = outcome.advance;
      shared = outcome.pools[0]!;
      if (!event.loseReply) target.granted = max(target.granted, outcome.advance.granted);
      assert.ok(shared.spend + shared.held <= limit);
    } else {
      const machine = machines[event.machine]!;
      const free = machine.granted - machine.spent - machine.returned;
      if (event.do === "send") {
        const { granted, spent, returned } = machine;
        const needs = [need(event.need)];
        wire.push({
          machine: event.machine,
          message: { seq: ++machine.seq, granted, spent, returned, open: 0n, needs, want: event.want },
        });
      } else if (event.do === "spend" && event.amount <= free) machine.spent += event.amount;
      else if (event.do === "return" && event.amount <= free) machine.returned += event.amount;
    }
    // What a machine spent or may still spend is in the book, as spend or as held.
    for (const { book, granted, returned } of machines) assert.ok(granted - returned <= book.granted - book.returned);
  }
  assert.ok(machines.reduce((sum, { spent }) => sum + spent, 0n) <= limit);
}
