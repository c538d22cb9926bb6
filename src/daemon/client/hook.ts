import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { HOOK_PATIENCE, type HookAnswer, type HookCall } from "../../protocol/assistants.ts";
import { failedAnswer, savedHookFailure } from "../hookFailure.ts";
import { connectTo, socketPathOf } from "../socket.ts";
import { preparePrivateFolder } from "../stateDirectory.ts";
import { oneRequest } from "./oneRequest.ts";
import type { Program } from "./start.ts";

/** After so long it is looked again whether a daemon that another process starts listens (ms). */
const SOON = 50;
/** After a daemon has ended, whoever ended it may have another ready by then (ms). */
const SUCCESSOR = 500;
/** As often a daemon may end before it has answered. */
const MOST_TRIES = 3;

/**
 * Asks the daemon what to answer an agent, and starts it where it does not run. Where it cannot be asked, what the policy last said of that.
 * Leaves the connection to the end of the process, which is sooner.
 */
export async function hookAnswer(input: string, cwd: string, program: Program): Promise<HookAnswer> {
  const call: HookCall = { id: randomName(), input, cwd };
  try {
    return await asked(call, program);
  } catch (error) {
    return failedAnswer(input, savedHookFailure(program.stateDirectory), (error as Error).message);
  }
}

async function asked(call: HookCall, program: Program): Promise<HookAnswer> {
  const deadline = Date.now() + HOOK_PATIENCE;
  preparePrivateFolder(program.stateDirectory);
  for (let tries = 0; tries < MOST_TRIES && Date.now() < deadline; ) {
    const socket = await reach(program);
    if (!socket) {
      await delay(SOON); // it is no fault of the one that is being started
      continue;
    }
    tries++;
    const tooLong = setTimeout(() => socket.destroy(), deadline - Date.now());
    try {
      const answered = await oneRequest(socket, "hook", call);
      if (answered) return checked(answered.result);
    } finally {
      clearTimeout(tooLong);
    }
    await delay(SUCCESSOR);
  }
  throw new Error("it does not answer");
}

/** Undefined: another one is starting it; try again. @throws Error where it cannot be started */
async function reach(program: Program): Promise<Socket | undefined> {
  const socket = await connectTo(socketPathOf(program.stateDirectory));
  if (socket) return socket;
  const { startDaemon } = await import("./start.ts"); // it takes longer to load than the question takes
  return await startDaemon(program);
}

/** Of this call, on this machine. `node:crypto` takes longer to load than the question takes. */
function randomName(): string {
  return [process.pid, Date.now(), Math.random()].join("-");
}

function checked(result: unknown): HookAnswer {
  const { exitCode, stdout, stderr } = (result ?? {}) as Partial<Record<keyof HookAnswer, unknown>>;
  if (typeof exitCode !== "number") throw new Error("its answer makes no sense");
  return {
    exitCode,
    ...(typeof stdout === "string" && { stdout }),
    ...(typeof stderr === "string" && { stderr }),
  };
}
