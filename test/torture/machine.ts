import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { DaemonClient } from "../../src/protocol/client.ts";
import { connected, DAEMON, fixture, TestMachine } from "../daemon/fixtures/machine.ts";
import { World } from "./advances/world.ts";

const PROCESSES = 4;
const WINDOWS = 10;

/**
 * Four processes spend through one daemon at once, `count` entries together, while ten windows open, reload and close: nothing is lost,
 * nothing is there twice, and every process was served by the one daemon.
 */
export async function torture({
  seed,
  count = 50_000,
  log,
}: {
  seed: number;
  count?: number;
  log: (line: string) => void;
}): Promise<void> {
  const world = new World(seed, { loss: 0, duplicates: 0, delayed: 0, longestDelay: 0 });
  const machine = new TestMachine();
  try {
    const share = Math.ceil(count / PROCESSES);
    const runs = Array.from({ length: PROCESSES }, () => machine.run(fixture("spender.ts"), [DAEMON, String(share)]));
    const ended = Promise.all(runs.map(({ ended }) => ended));
    let over = false;
    void ended.then(() => {
      over = true;
    });
    const windows = await Promise.all(Array.from({ length: WINDOWS }, () => open(machine)));
    let reloads = 0;
    while (!over) {
      const at = Math.floor(world.random() * WINDOWS);
      windows[at]!.dispose();
      windows[at] = await open(machine);
      reloads++;
    }
    assert.deepEqual(await ended, Array(PROCESSES).fill(0), runs.map(({ err }) => err).join("\n"));
    const settled = runs.flatMap(({ out }) => out.trim().split("\n")).sort();
    assert.equal(settled.length, share * PROCESSES);
    const { differences, entries } = await windows[0]!.verify();
    assert.deepEqual([differences, entries], [[], settled.length]);
    for (const window of windows) window.dispose();
    assert.deepEqual(idsIn(machine.path("ledger.sqlite")), settled);
    assert.equal(machine.served().length, 1, "one daemon served all");
    log(`${entries} entries by ${PROCESSES} processes, ${reloads} reloads of ${WINDOWS} windows; nothing lost, nothing double`);
  } finally {
    await machine.close();
  }
}

async function open(machine: TestMachine): Promise<DaemonClient> {
  const window = machine.client();
  await connected(window);
  return window;
}

function idsIn(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare("SELECT id FROM entry ORDER BY id").all();
  database.close();
  return rows.map(({ id }) => id as string);
}
