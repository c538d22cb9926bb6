import * as z from "zod/mini";
import type { Network } from "../../protocol/network.ts";

const NetworkSchema = z.object({
  proxy: z.optional(z.string()),
  proxyAuthorization: z.optional(z.string()),
  noProxy: z.array(z.string()),
  strictProxy: z.boolean(),
  systemCertificates: z.boolean(),
  certificateFile: z.optional(z.string()),
});

/** @throws Error when it makes no sense */
export function checkedNetwork(network: Network): Network {
  const checked = NetworkSchema.safeParse(network);
  if (!checked.success) throw new Error("these settings of the network make no sense");
  return checked.data as Network;
}
