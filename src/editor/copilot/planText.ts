import type { Translate } from "../words.ts";
import type { TelemetryPlan } from "./telemetry.ts";

/** What would be written, before it is. */
export interface GuardPlan {
  /** The hook file: where, what it would say, and whether that replaces something else. */
  file: string;
  text: string;
  isChange: boolean;
  telemetry: TelemetryPlan;
}

/** The document that shows it, in Markdown. */
export function guardPlanText({ file, text, isChange, telemetry }: GuardPlan, t: Translate): string {
  return [
    `# ${t("Guard Copilot Chat")}`,
    t(
      "Nothing is written until you say so in the list above. **Token Budget: Unguard Copilot Chat** takes all of it back, and so does uninstalling.",
    ),
    `## ${t("1. A hook file of Token Budget's own")}`,
    isChange ? t("`{0}`, in place of what Token Budget wrote there before:", file) : t("`{0}`:", file),
    fenced(text.trimEnd()),
    t(
      "VS Code runs its command before a prompt is sent, before a tool or a sub-agent starts, and when a turn ends, on the machine where your folder is. It asks Token Budget on that machine, and waits while you are asked. Where Token Budget is gone, it lets everything pass. Your other hooks stay as they are.",
    ),
    `## ${t("2. Where Copilot Chat reports what it used")}`,
    telemetryText(telemetry, t),
    "",
  ].join("\n\n");
}

function telemetryText(telemetry: TelemetryPlan, t: Translate): string {
  const reports = t(
    "Copilot Chat's reports hold your prompts, whatever its settings say. They go to this address on your own machine, where Token Budget takes the numbers and drops the rest unread.",
  );
  switch (telemetry.kind) {
    case "ours":
      return t("Your settings say so already: to Token Budget.");
    case "write":
      return [t("In your settings:"), fenced(JSON.stringify(telemetry.settings, null, 2)), reports].join("\n\n");
    case "elsewhere":
      return t("It goes elsewhere already ({0}), and is left alone: what Copilot Chat used is estimated.", telemetry.where);
  }
}

function fenced(json: string): string {
  return `\`\`\`json\n${json}\n\`\`\``;
}
