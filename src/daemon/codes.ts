/** Error codes of the daemon's protocol, beside JSON-RPC's own. */

/** The service said no; the message is for people. */
export const FAILED = 1;
/** The daemon is making room for a newer one: ask that one. */
export const HANDING_OVER = 2;
