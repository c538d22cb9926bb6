import assert from "node:assert/strict";
import fc from "fast-check";
import { type Nano, ONE } from "../money.ts";
import { type Advance, applySync, EMPTY_ADVANCE, heldOf, type Pool, type Report } from "./endpoint.ts";
import {
  admits,
  forceHold,
  freeOf,
  giveBack,
  isFinished,
  type MachineAdvance,
  mergeReply,
  NO_DEMAND,
  newAdvance,
  nextReport,
  openHolds,
  placeHold,
  releaseHold,
  returnAbove,
  settleHold,
  wanted,
  withHold,
} from "./machine.ts";

const LIMIT = 100n;
const TTL = 10;

/** A reply on its way, with the instant at which the message it answers was sent. */
interface Reply {
  granted: Nano;
  ttl: number;
  cap: Nano;
  close: boolean;
  sentAt: number;
}

/** One machine and one endpoint with a network between them that loses, repeats and reorders whatever it likes. */
class World {
  machine: MachineAdvance = { ...newAdvance("a", "usd", ["k"]) };
  endpoint: Advance = EMPTY_ADVANCE;
  pool: Pool = { key: "k", limit: LIMIT, spend: 0n, held: 0n };
  now = 0;
  used = 0n;
  closing = false;
  readonly reports: { report: Report; sentAt: number }[] = [];
  readonly replies: Reply[] = [];

  change(next: MachineAdvance): void {
    const was = this.machine;
    this.machine = next;
    assert.ok(next.granted >= was.granted && next.spent >= was.spent && next.returned >= was.returned, "I4: a figure fell");
    assert.ok(next.returned === was.returned || freeOf(next) >= 0n, "I4: a return covers an open hold");
  }

  pass(time: number): void {
    this.now += time;
  }

  hold(id: string, amount: Nano): void {
    if (this.machine.holds.has(id) || !admits(this.machine, amount, this.now)) return;
    const allowedUntil = Math.max(...this.replies.map(({ sentAt, ttl }) => sentAt + ttl * 1000));
    assert.ok(this.now < allowedUntil, "I6: admitted longer after sending than any reply allowed");
    assert.ok(!this.machine.draining, "admitted while draining");
    this.change(placeHold(this.machine, id, amount, this.now));
  }

  settle(id: string, percent: number): void {
    const held = this.machine.holds.get(id);
    if (held === undefined) return;
    const used = (held * BigInt(percent)) / 100n;
    this.used += used;
    this.change(settleHold(this.machine, id, used));
  }

  send(need: Nano, want: Nano): void {
    this.change(nextReport(giveBack(this.machine, want)));
    const { seq, granted, spent, returned, draining } = this.machine;
    const needs = need > 0n && !draining ? [{ id: "need", amount: need }] : [];
    const report = { seq, granted, spent, returned, open: openHolds(this.machine), needs, want: draining ? 0n : want };
    this.reports.push({ report, sentAt: this.now });
  }

  /** Delivers message `index`, perhaps again. */
  deliver(index: number): void {
    const message = this.reports[index % Math.max(1, this.reports.length)];
    if (!message) return;
    const cap = 20n;
    const outcome = applySync(this.endpoint, [this.pool], message.report, { cap, close: this.closing });
    const granted = outcome.advance.granted > this.endpoint.granted;
    this.endpoint = outcome.advance;
    this.pool = outcome.pools[0]!;
    assert.equal(outcome.adopted, false, "the machine had seen money that nobody granted");
    assert.ok(!granted || this.pool.spend + this.pool.held <= LIMIT, "I2: granted beyond the limit");
    const ttl = this.closing ? 0 : TTL;
    this.replies.push({ granted: this.endpoint.granted, ttl, cap, close: this.closing, sentAt: message.sentAt });
  }

  /** Reply `index` arrives, perhaps again. */
  receive(index: number): void {
    const reply = this.replies[index % Math.max(1, this.replies.length)];
    if (reply) this.change(mergeReply(this.machine, reply, reply.sentAt));
  }

  check(): void {
    const { spent } = this.machine;
    assert.equal(spent, this.used, "spent is what was used");
    assert.ok(
      spent + openHolds(this.machine) <= this.endpoint.granted - this.endpoint.returned,
      "I1: the book shows less than is spent or under way",
    );
    assert.equal(this.pool.held, heldOf(this.endpoint), "I5");
    assert.equal(this.pool.spend, this.endpoint.spent, "I5");
    assert.ok(this.pool.spend + this.pool.held <= LIMIT, "nothing is used above its hold, so the limit stands");
  }
}

const amount = fc.bigInt({ min: 0n, max: 60n });
const id = fc.constantFrom("r1", "r2", "r3", "r4");
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(id, amount).map(
      ([name, size]) =>
        (world: World) =>
          world.hold(name, size),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(id, fc.nat(100)).map(
      ([name, percent]) =>
        (world: World) =>
          world.settle(name, percent),
    ),
  },
  { weight: 1, arbitrary: id.map((name) => (world: World) => world.change(releaseHold(world.machine, name))) },
  {
    weight: 4,
    arbitrary: fc.tuple(amount, amount).map(
      ([need, want]) =>
        (world: World) =>
          world.send(need, want),
    ),
  },
  { weight: 4, arbitrary: fc.nat(40).map((index) => (world: World) => world.deliver(index)) },
  { weight: 4, arbitrary: fc.nat(40).map((index) => (world: World) => world.receive(index)) },
  // The usual course of things, so that much money is out most of the time.
  {
    weight: 4,
    arbitrary: fc.tuple(amount, amount).map(([need, want]) => (world: World) => {
      world.send(need, want);
      world.deliver(world.reports.length - 1);
      world.receive(world.replies.length - 1);
    }),
  },
  { weight: 2, arbitrary: fc.nat(8000).map((time) => (world: World) => world.pass(time)) },
);

describe("the machine's advance", () => {
  it("keeps I1, I2, I4, I5 and I6 over a network that loses, repeats and reorders", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const world = new World();
        for (const act of steps) {
          act(world);
          world.check();
        }
      }),
      { numRuns: 500 },
    );
  });

  it("comes home whole after the last word, whatever happened before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        for (const act of steps) act(world);
        for (const name of world.machine.holds.keys()) world.settle(name, 50);
        world.closing = true;
        for (let round = 0; round < 2; round++) {
          world.send(0n, 0n);
          world.deliver(world.reports.length - 1);
          world.receive(world.replies.length - 1);
        }
        assert.ok(isFinished(world.machine));
        assert.equal(world.pool.held, 0n);
        assert.equal(world.pool.spend, world.used);
        assert.equal(world.endpoint.state, "closed");
      }),
      { numRuns: 300 },
    );
  });

  const funded = mergeReply(newAdvance("a", "usd", ["k"]), { granted: 10n, ttl: 10, cap: 100n }, 1_000);

  it("admits what is free, until `ttl` seconds after SENDING", () => {
    assert.ok(admits(funded, 10n, 10_999));
    assert.ok(!admits(funded, 11n, 1_000));
    assert.ok(!admits(funded, 0n, 11_000));
    assert.throws(() => placeHold(funded, "r", 11n, 1_000), RangeError);
  });

  it("opens no hold once it is told to close, and gives back all but what holds cover", () => {
    const told = mergeReply(placeHold(funded, "r", 4n, 1_000), { granted: 10n, ttl: 0, cap: 100n, close: true }, 2_000);
    const closed = mergeReply(told, { granted: 10n, ttl: 10, cap: 100n }, 1_500); // an older reply, late
    assert.ok(!admits(closed, 1n, 2_000));
    const emptied = giveBack(closed, 50n);
    assert.equal(emptied.returned, 6n);
    assert.ok(!isFinished(emptied));
    assert.ok(isFinished(returnAbove(settleHold(emptied, "r", 4n), 0n)));
  });

  it("keeps up to twice what it wants; of more it gives back all that it does not want, so that fading demand says nothing every minute", () => {
    const rich = mergeReply(newAdvance("a", "usd", ["k"]), { granted: 100n, ttl: 10, cap: 100n }, 0);
    assert.equal(giveBack(rich, 50n).returned, 0n);
    assert.equal(giveBack(rich, 49n).returned, 51n);
    const capped = { ...rich, cap: 30n };
    assert.equal(giveBack(capped, 49n).returned, 70n);
  });

  it("keeps what was taken along, however much more is free and however little is wanted", () => {
    const rich = mergeReply(newAdvance("a", "usd", ["k"]), { granted: 100n, ttl: 10, cap: 50n }, 0);
    const travelling = { ...rich, travel: { amount: 70n, until: 60_000 } };
    assert.equal(giveBack(travelling, 0n).returned, 30n);
    assert.equal(giveBack(travelling, 90n).returned, 30n);
    assert.equal(giveBack({ ...travelling, draining: true }, 0n).returned, 100n);
  });

  it("books usage above its hold at once, and then has nothing to give", () => {
    const over = settleHold(placeHold(funded, "r", 10n, 1_000), "r", 15n);
    assert.equal(over.spent, 15n);
    assert.equal(freeOf(over), -5n);
    assert.equal(returnAbove(over, 0n).returned, 0n);
    assert.equal(freeOf(forceHold(funded, "r", 12n)), -2n);
  });

  it("wants a minute of its own rate and three large holds, ever less, at last nothing", () => {
    const busy = withHold(withHold(NO_DEMAND, ONE, 0), 3n * ONE, 1_000);
    const first = wanted(busy, "usd", 1_000);
    assert.ok(first > 12n * ONE && first <= 13n * ONE, String(first));
    assert.ok(wanted(busy, "usd", 120_000) < first);
    assert.equal(wanted(busy, "usd", 700_000), 0n);
    assert.equal(wanted(withHold(NO_DEMAND, 1_000n * ONE, 0), "usd", 0), 50n * ONE);
  });
});
