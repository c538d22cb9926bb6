import type { CountReply, CountRequest } from "../../tokens/service.ts";

/** Characters that are counted before others get their turn: about a millisecond. */
const STEP = 1 << 15;

/** The counting service inside this process: for machines that cannot start a thread. Loaded only then. */
export function countHere(): (request: CountRequest) => Promise<CountReply> {
  const loading = Promise.all([
    import("../../tokens/counter.ts"),
    import("../../tokens/service.ts"),
    import("../../tokens/boundary.ts"),
  ]);
  const service = loading.then(([{ loadCounter }, { createCountingService }, { nextBoundary }]) => ({
    answer: createCountingService(loadCounter),
    nextBoundary,
  }));
  return async (request) => {
    const { answer, nextBoundary } = await service;
    if (request.kind !== "count") return await answer(request);
    let tokens = 0;
    for (let start = 0; start < request.text.length; ) {
      const end = nextBoundary(request.text, start + STEP);
      const reply = await answer({ ...request, text: request.text.slice(start, end) });
      if ("error" in reply) return reply;
      tokens += reply.tokens;
      start = end;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { seq: request.seq, tokens };
  };
}
