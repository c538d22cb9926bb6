import { amountText } from "../../budget/forecast/allowanceLine.ts";
import { parseAmount } from "../../budget/money.ts";
import { FEWEST, visibilityText } from "../../budget/policy/visibility.ts";
import type { State, Upload } from "../../protocol/daemon.ts";
import type { Report, StoredEntries, TeamGlance } from "../../protocol/report.ts";
import { type Reader, say } from "../words.ts";
import { metersOf } from "./meters.ts";

/** What is known of a person outside their machine. */
export interface Seen {
  state: Pick<State, "account" | "policy">;
  /** As a lead sees them. */
  glance: TeamGlance;
  /** Their own, this month's. */
  report: Report;
  entries: StoredEntries;
  uploads: readonly Upload[];
}

/** All of it as a document: first what leads can see, then what the endpoint has, then what this machine sent, word for word. */
export function seenOfMeText(seen: Seen, reader: Reader): string {
  const { t } = reader;
  const { entries, uploads, state } = seen;
  const sections = [
    `# ${t("What the team sees of me")}`,
    t("{0} at {1}.", state.account?.team.name ?? "", state.account?.endpoint ?? ""),
    `## ${t("What leads can see")}`,
    ...leadsSee(seen, reader),
    `## ${t("What the endpoint has of you: your last {0} entries", entries.length)}`,
    t(
      "Counts, names and costs; never a prompt or an answer. Leads are given sums, nobody but you single entries; who runs the endpoint can read its database.",
    ),
    json(entries),
    `## ${t("What this machine sent last: {0} messages, word for word", uploads.length)}`,
    t("Since the daemon started, without the token that signs you in."),
    json(uploads),
  ];
  return `${sections.join("\n\n")}\n`;
}

function leadsSee({ state, glance, report }: Seen, reader: Reader): string[] {
  const { t } = reader;
  const { visibility } = glance;
  const asLead = glance.people[0];
  const share = state.policy.policy.share;
  const shared = (["project", "branch", "issue"] as const).filter((field) => share[field]);
  return [
    `${say(t, visibilityText(visibility))}. ${t("The team's policy decides that; you are told when it changes.")}`,
    ...howNow(visibility, asLead, glance, reader),
    spentText(report, visibility, reader),
    t(
      "When you ask for more, leads see your name, the amount and the reason that you typed, whatever the policy says of the rest.",
    ),
    shared.length > 0
      ? t("Besides model, tokens and cost, your entries say for which {0} they were.", shared.join(", "))
      : t("Your entries do not say for which project, branch or issue they were."),
  ];
}

function howNow(
  visibility: TeamGlance["visibility"],
  asLead: TeamGlance["people"][number] | undefined,
  glance: TeamGlance,
  reader: Reader,
): string[] {
  const { t } = reader;
  if (visibility === "aggregate" || !asLead)
    return [t("You are in no list. Sums that you are in are of at least {0} people and of whole weeks that are over.", FEWEST)];
  const called =
    visibility === "person"
      ? t("You are in their list as {0}:", asLead.name)
      : t("This month you are in their list as {0}, which nobody but you is told:", asLead.name);
  const lines = asLead.allowances.flatMap((allowance) =>
    metersOf({ ...glance, shared: [], people: [{ ...asLead, allowances: [allowance] }] }, reader).map(
      ({ allowance: name, used, percent, pace }) => `- ${[`${name}: ${used} (${percent})`, pace].join(", ")}`,
    ),
  );
  return [called, lines.join("\n")];
}

/** What a lead's reports have of this person this month. */
function spentText({ rows, total }: Report, visibility: TeamGlance["visibility"], { t, locale }: Reader): string {
  const intro =
    visibility === "aggregate"
      ? t(
          "This month you spent {0} in {1} requests. Leads see it in sums alone, told apart by model, project, purpose or way in where enough people share them:",
          amountText(parseAmount(total.cost), "usd"),
          total.requests.toLocaleString(locale),
        )
      : t(
          "This month they see {0} in {1} requests, which they can tell apart by model, project, purpose, day and way in:",
          amountText(parseAmount(total.cost), "usd"),
          total.requests.toLocaleString(locale),
        );
  const lines = rows.map(({ by, cost, requests }) => {
    const names = [by.model, by.project, by.purpose].filter(Boolean).join(", ");
    return `- ${t("{0}: {1} in {2} requests", names, amountText(parseAmount(cost), "usd"), requests.toLocaleString(locale))}`;
  });
  return [intro, ...(lines.length > 0 ? ["", ...lines] : [])].join("\n");
}

function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, undefined, 2)}\n\`\`\``;
}
