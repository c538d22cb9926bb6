import { randomUUID } from "node:crypto";
import { link, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { StoreError } from "./store.ts";

/** Who has a folder open: `<folder>.lock`, JSON. */
interface Owner {
  pid: number;
  /** Tells a process from a later one with the same number; null where the system does not say. */
  started: string | null;
  since: string;
}

/**
 * Takes the folder for this process alone. A lock whose process is gone is taken over. The file appears whole, by a hard link,
 * so nobody reads half of one.
 * @returns how to give it back
 * @throws StoreError naming the process that has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = `${await realpath(folder)}.lock`;
  const own = JSON.stringify({
    pid: process.pid,
    started: await startOf(process.pid),
    since: new Date().toISOString(),
  } satisfies Owner);
  const graves: string[] = [];
  while (!(await createLinked(path, own))) {
    const found = await readFile(path, "utf8").catch(() => undefined);
    if (found === undefined) continue; // given back just now
    if (await isAlive(found)) throw new StoreError(takenMessage(folder, found));
    graves.push(await bury(path, found));
  }
  return async () => {
    if ((await readFile(path, "utf8").catch(() => "")) === own) await rm(path);
    for (const grave of graves) await rm(grave, { force: true });
  };
}

/** Creates the file with its content unless it is there. */
async function createLinked(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes a dead process's lock. Of several processes that try, only the one that makes the grave (named by the dead process) may
 * remove it; it checks that what it buried is the dead one's, not a new owner's.
 */
async function bury(path: string, dead: string): Promise<string> {
  const { pid, started } = ownerOf(dead) ?? { pid: 0, started: null };
  const grave = `${path}.${pid}-${(started ?? "").replaceAll(/\W+/g, "-")}.stale`;
  try {
    await link(path, grave);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return grave; // gone meanwhile
    if (code === "EEXIST")
      throw new StoreError(
        `Another process is taking over ${path}. If this stays so, delete ${path} and ${grave}, and start again.`,
      );
    throw error;
  }
  if ((await readFile(grave, "utf8")) === dead) await rm(path);
  else await rm(grave);
  return grave;
}

async function isAlive(content: string): Promise<boolean> {
  const owner = ownerOf(content);
  if (!owner) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false; // EPERM: alive, another user's
  }
  const started = await startOf(owner.pid);
  return owner.started === null || started === null || owner.started === started;
}

function ownerOf(content: string): Owner | undefined {
  try {
    return JSON.parse(content) as Owner;
  } catch {
    return undefined;
  }
}

function takenMessage(folder: string, content: string): string {
  const { pid, since } = ownerOf(content)!;
  return (
    `${folder} is open in process ${pid} (since ${since}); only one process may open it. ` +
    "If that is your running server: stop it for this command, or work through it with policy push|pull. " +
    "Several servers need PostgreSQL: set DATABASE_URL."
  );
}

/** Boot and clock tick at which a process started, on Linux. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    // The 22nd field; the second is the program's name in parentheses and may hold anything.
    return `${boot.trim()} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return null;
  }
}
