import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** What an idle process costs. */
export interface IdleCost {
  /** Share of one core. */
  cpu: number;
  /** Times that it was woken, in a minute, over all its threads. */
  wakeUps: number;
  /** Resident memory (MB). */
  memory: number;
}

/** Clock ticks a second in Linux's own figures (proc(5)): USER_HZ. */
const TICKS = 100;

/** Watches a process for so long (ms). Linux alone tells. @throws Error elsewhere */
export async function watchIdle(pid: number, duration: number): Promise<IdleCost> {
  const before = look(pid);
  await delay(duration);
  const after = look(pid);
  return {
    cpu: (after.ticks - before.ticks) / TICKS / (duration / 1000),
    wakeUps: ((after.switches - before.switches) * 60_000) / duration,
    memory: after.memory,
  };
}

function look(pid: number): { ticks: number; switches: number; memory: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1]);
  return {
    ticks: Number(fields[11]) + Number(fields[12]),
    switches: figure("voluntary_ctxt_switches"),
    memory: figure("VmRSS") / 1024,
  };
}
