import type { DaemonClient } from "../../protocol/client.ts";
import type { State } from "../../protocol/daemon.ts";
import type { Terminal } from "./terminal.ts";
import { statusText } from "./text.ts";

/** How long `status` waits for the daemon, and then for the endpoint's figures, in milliseconds. */
const DAEMON = 30_000;
const ENDPOINT = 10_000;

/** `status`: what the meter shows. Answers the exit code: 1 when there is no daemon. Disposes of the client. */
export async function status(client: DaemonClient, options: { json?: boolean }, terminal: Terminal): Promise<number> {
  try {
    await until(client, () => client.link.phase !== "connecting", DAEMON);
    if (client.link.phase !== "connected") {
      terminal.err(`Token Budget's daemon cannot be reached: ${client.link.reason ?? "it does not answer"}`);
      return 1;
    }
    await signIn(client, terminal);
    await until(client, () => client.state?.sync.phase !== "connecting", ENDPOINT);
    const state = client.state!;
    terminal.out(options.json ? JSON.stringify(state, undefined, 2) : statusText(state, Date.now() + state.clockSkew));
    return 0;
  } finally {
    client.dispose();
  }
}

/** Containers and scripts sign in by the environment; a daemon that has the account already is left as it is. */
async function signIn(client: DaemonClient, { env, err }: Terminal): Promise<void> {
  const { TOKEN_BUDGET_ENDPOINT: endpoint, TOKEN_BUDGET_TOKEN: token } = env;
  if (!endpoint || !token || isSignedIn(client.state!, endpoint)) return;
  const connecting = client.connectAccount(endpoint, token).catch((error: Error) => err(`cannot sign in: ${error.message}`));
  await Promise.race([connecting, elapsed(ENDPOINT)]);
}

function isSignedIn({ account, sync }: State, endpoint: string): boolean {
  const bare = (address: string) => address.replace(/\/+$/, "");
  const phases = ["signedOut", "refused"];
  return !phases.includes(sync.phase) && account !== undefined && bare(account.endpoint) === bare(endpoint);
}

/** Resolves when the client's state or link is as wanted, at the latest after `milliseconds`. */
async function until(client: DaemonClient, reached: () => boolean, milliseconds: number): Promise<void> {
  if (reached()) return;
  const arrived = Promise.withResolvers<void>();
  const watching = client.onDidChange(() => reached() && arrived.resolve());
  await Promise.race([arrived.promise, elapsed(milliseconds)]);
  watching.dispose();
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
