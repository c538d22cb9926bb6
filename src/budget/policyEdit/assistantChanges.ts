import { type Message, message } from "../message.ts";
import { parseAmount, showAmount } from "../money.ts";
import type { Policy } from "../policy/policy.ts";

type Rules = Policy["assistants"];

const RULES = {
  hookFailure: {
    allow: "Where Token Budget cannot be asked on a machine, an assistant's turns go on",
    block: "Where Token Budget cannot be asked on a machine, an assistant's turns are stopped",
  },
  unattended: {
    allow: "An assistant's turns that must be asked about go on where no window is open",
    block: "An assistant's turns that must be asked about are stopped where no window is open",
  },
} as const;

/** What a change of the rules for assistants means for the people under them, one sentence each. */
export function assistantChanges({ assistants: was }: Policy, { assistants: is }: Policy): Message[] {
  const changed = (field: keyof Rules) => was[field] !== is[field];
  return [
    ...(changed("hookFailure") ? [message(RULES.hookFailure[is.hookFailure])] : []),
    ...(changed("unattended") ? [message(RULES.unattended[is.unattended])] : []),
    ...(changed("subagents") ? [message("You are asked above {0} sub-agents a turn", String(is.subagents))] : []),
    ...(changed("coldSession")
      ? [
          message(
            "You are asked before a forgotten session is read again for more than {0}",
            showAmount(parseAmount(is.coldSession), "usd"),
          ),
        ]
      : []),
  ];
}
