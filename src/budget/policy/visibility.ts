import { type Message, message } from "../message.ts";

/** What leads see of single people's use, from the most to the least. */
export const VISIBILITIES = ["person", "pseudonym", "aggregate"] as const;
/**
 * `person` is the default: limits are people's own, and who decides on raises must know whose they are; a small team would see nothing at all
 * in sums over five. A team that wants less says so in its policy.
 */
export type Visibility = (typeof VISIBILITIES)[number];

/** Fewest people that a sum is of, where only sums are shown. */
export const FEWEST = 5;

/** What it means for everybody, in a sentence without a full stop. */
export function visibilityText(visibility: Visibility): Message {
  switch (visibility) {
    case "person":
      return message("Leads see who used how much, by name");
    case "pseudonym":
      return message("Leads see who used how much under pseudonyms that change every month");
    case "aggregate":
      return message("Leads see what at least {0} people used together, in whole weeks, and nobody alone", String(FEWEST));
  }
}
