import type { Command } from "commander";
import { parseAmount, showAmount } from "../../budget/money.ts";
import type { Doubt } from "../../protocol/endpoint.ts";
import { Remote } from "./remote.ts";
import type { Surroundings } from "./surroundings.ts";

/** `doubt list` and `doubt write-off`, through the running endpoint. */
export function addDoubts(root: Command, { env, out }: Surroundings): void {
  const doubt = root
    .command("doubt")
    .description("money that silent machines hold, through the running endpoint (TOKEN_BUDGET_ENDPOINT, TOKEN_BUDGET_TOKEN)");
  doubt
    .command("list", { isDefault: true })
    .description("which machines, the longest silent first")
    .action(async () => {
      const doubts = await new Remote(env).doubts();
      if (doubts.length === 0) out("No money is in doubt.");
      for (const one of doubts) out(`${one.id}  ${doubtLine(one)}`);
    });
  doubt
    .command("write-off <id>")
    .description("set the money free; should the machine report after all that it was spent, that counts all the same")
    .action(async (id: string) => out(`Written off: ${doubtLine(await new Remote(env).writeOff(id))}`));
}

function doubtLine({ held, unit, allowances, person, machine, lastHeard, endsAt }: Doubt): string {
  const whose = person ? `${person.name}, machine ${machine}` : `machine ${machine}`;
  return `${showAmount(parseAmount(held), unit)} of ${allowances.join(", ")} (${whose}, silent since ${lastHeard}; free at ${endsAt} in any case)`;
}
