import type { Network } from "../../protocol/network.ts";

/** How the daemon reaches other machines. */
export interface Connector {
  fetch: typeof fetch;
  /** Goes this way from now on. Answers whether that is another than before. */
  use(network: Network): boolean;
}

/** As the host does it: in an extension host that is the editor's own way, with its proxy and certificates. */
export const HOST_CONNECTOR: Connector = {
  fetch: (input, init) => fetch(input, init),
  use: () => false,
};
