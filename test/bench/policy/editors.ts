import { EventReader } from "../../endpoint/support/eventReader.ts";

/**
 * Many simulated editors in a process of their own: each listens at the endpoint in TOKEN_BUDGET_BENCH_ENDPOINT with its own token (of the JSON
 * array in TOKEN_BUDGET_BENCH_TOKENS), and prints `version instant` (epoch ms) for every policy that it has read to the end.
 */
const url = process.env.TOKEN_BUDGET_BENCH_ENDPOINT!;
const tokens = JSON.parse(process.env.TOKEN_BUDGET_BENCH_TOKENS!) as string[];

async function listen(token: string): Promise<void> {
  const events = await EventReader.open(url, token);
  await events.next("policy"); // the one that is in force
  opened();
  for (;;) {
    const { version } = (await events.next("policy")).data as { version: number };
    process.stdout.write(`${version} ${Date.now()}\n`);
  }
}

let open = 0;
function opened(): void {
  if (++open === tokens.length) process.stdout.write("all listen\n");
}

await Promise.all(tokens.map(listen));
