import type { ReadTokenFile } from "../../tokens/counter.ts";
import type { CountReply, CountRequest } from "../../tokens/service.ts";

/**
 * The counting service inside this process: for machines that cannot start a thread. Loaded only then. What else this process has to do
 * gets its turn after every answer.
 */
export function countHere(read: ReadTokenFile): (request: CountRequest) => Promise<CountReply> {
  const loading = Promise.all([import("../../tokens/counter.ts"), import("../../tokens/service.ts")]);
  const service = loading.then(([{ loadCounter }, { createCountingService }]) =>
    createCountingService((encoding) => loadCounter(encoding, read)),
  );
  return async (request) => {
    const reply = await (await service)(request);
    await new Promise((resolve) => setImmediate(resolve));
    return reply;
  };
}
