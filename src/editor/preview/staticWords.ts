import type { Translate } from "../words.ts";
import type { Words } from "./protocol.ts";

/** What stands still in the preview, in the person's language. */
export function staticWords(t: Translate): Words {
  return {
    heading: t("Cost of this prompt"),
    textBox: t("Your text"),
    textBoxHint: t("Type or paste a prompt: its figures follow while you type."),
    source: t("What is counted"),
    sourceActions: t("Other prompts and files"),
    parts: t("What fills it"),
    partColumns: { part: t("Part"), tokens: t("Tokens"), share: t("Share") },
    noParts: t("Nothing is counted yet."),
    models: t("On which model"),
    modelColumns: {
      model: t("Model"),
      tokens: t("Tokens"),
      input: t("Prompt alone"),
      output: t("Likely answer"),
      total: t("Usually"),
      share: t("Of what is left"),
      window: t("Window"),
      verdict: t("Verdict"),
    },
    noModels: t("No prices are known yet. They come with Token Budget's daemon."),
    notes: t("Good to know"),
    actions: t("What you can do with it"),
    remove: t("Remove"),
  };
}
