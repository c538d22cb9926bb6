import { tightened } from "../budget/policy/workspaceRules.ts";
import type { DaemonClient } from "../protocol/client.ts";
import type { OpenRequest, State } from "../protocol/daemon.ts";
import type { WorkspaceRulesFiles } from "./workspaceRules.ts";

/** What the parts of a window that estimate, preview, ask and send need of the daemon. */
export type SpendingClient = Pick<
  DaemonClient,
  "state" | "link" | "onDidChange" | "prices" | "open" | "grow" | "settle" | "cancel"
>;

/** The daemon as a window's workspace sees it: estimates, previews and requests go by the stricter of its rules and the policy. */
export function clientIn(
  files: Pick<WorkspaceRulesFiles, "rules" | "ready" | "onDidChange">,
  client: DaemonClient,
): SpendingClient {
  let seen: { state: State; rules: object; shown: State } | undefined;
  const shownOf = (state: State): State => {
    const { rules } = files;
    if (!rules) return state;
    if (seen?.state !== state || seen.rules !== rules) {
      const policy = { ...state.policy, policy: tightened(state.policy.policy, rules) };
      seen = { state, rules, shown: { ...state, policy } };
    }
    return seen.shown;
  };
  return {
    get state() {
      return client.state && shownOf(client.state);
    },
    get link() {
      return client.link;
    },
    onDidChange(listener) {
      const [ofDaemon, ofFiles] = [client.onDidChange(listener), files.onDidChange(listener)];
      return {
        dispose() {
          ofDaemon.dispose();
          ofFiles.dispose();
        },
      };
    },
    async open(request: OpenRequest) {
      await files.ready;
      return client.open(files.rules ? { ...request, workspaceRules: files.rules } : request);
    },
    prices: () => client.prices(),
    grow: (id, output) => client.grow(id, output),
    settle: (settlement) => client.settle(settlement),
    cancel: (id) => client.cancel(id),
  };
}
