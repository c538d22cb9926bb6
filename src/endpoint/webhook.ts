import { parseAmount, showAmount } from "../budget/money.ts";
import { isProtected } from "../protocol/address.ts";
import type { Grant } from "../protocol/endpoint.ts";

/** The variable with the address that is told of requests for more. It is a secret: whoever has it may post there. */
export const WEBHOOK_VARIABLE = "TOKEN_BUDGET_WEBHOOK";

/** How long the other side may take (ms). */
const PATIENCE = 10_000;

/** @throws TypeError, without the address in it, where it is not https, or http on loopback */
export function checkedWebhook(address: string): URL {
  const url = URL.parse(address);
  if (!url || !isProtected(url)) throw new TypeError(`${WEBHOOK_VARIABLE} must be an https address.`);
  return url;
}

/** Tells a chat of requests that wait for a lead, and of what people took themselves: `{"text": …}`, as Slack and those compatible with it take. */
export class Webhook {
  readonly #address: URL;
  readonly #log: (line: string) => void;

  /** @throws TypeError as `checkedWebhook` */
  constructor(address: string, log: (line: string) => void) {
    this.#address = checkedWebhook(address);
    this.#log = log;
  }

  /** Nobody waits for it, and its failure is no failure of the request. */
  tell(grant: Grant, team: string): void {
    fetch(this.#address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: webhookText(grant, team) }),
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    })
      .then(async (response) => {
        await response.body?.cancel();
        if (!response.ok) this.#log(`webhook: answered ${response.status}`);
      })
      .catch((error: Error) => this.#log(`webhook: ${(error.cause as { code?: string } | undefined)?.code ?? error.name}`));
  }
}

/** `Kim (Fernway) asks for $10 more of Your month until 2026-11-30 23:00 UTC: "the migration"`. */
export function webhookText({ person, allowance, amount, until, reason, breakGlass }: Grant, team: string): string {
  const much = `${showAmount(parseAmount(amount), allowance.unit)}${allowance.unit === "tokens" ? " tokens" : ""}`;
  const end = `${until.slice(0, 16).replace("T", " ")} UTC`;
  const asks = `${person.name} (${team}) asks for ${much} more of ${allowance.name} until ${end}: “${reason}”. Decide in VS Code: Token Budget: Show Open Requests…`;
  const text = breakGlass ? `${person.name} (${team}) took ${much} more of ${allowance.name} without asking: “${reason}”.` : asks;
  // The three characters that Slack's text gives a meaning to: people's words must not become mentions or links.
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
