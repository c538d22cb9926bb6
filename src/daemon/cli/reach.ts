import type { DaemonClient } from "../../protocol/client.ts";
import type { State } from "../../protocol/daemon.ts";
import type { Terminal } from "./terminal.ts";

/** How long to wait for the daemon, and then for the endpoint's figures, in milliseconds. */
const DAEMON = 30_000;
const ENDPOINT = 10_000;

/**
 * The daemon's state once it has heard from the endpoint, as far as there is one; signs in by the environment. Undefined, with the
 * reason in `client.link`, when there is no daemon.
 */
export async function reachDaemon(client: DaemonClient, terminal: Terminal): Promise<State | undefined> {
  await until(client, () => client.link.phase !== "connecting", DAEMON);
  if (client.link.phase !== "connected") return undefined;
  await signIn(client, terminal);
  await until(client, () => client.state?.sync.phase !== "connecting", ENDPOINT);
  return client.state;
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
