import type { Message } from "../budget/message.ts";

/** Puts a sentence into the person's language: `vscode.l10n.t` in the editor, plain English in unit tests. */
export type Translate = (template: string, ...args: (string | number)[]) => string;

/** A message of the budget rules in the person's language. */
export function say(t: Translate, { template, args }: Message): string {
  return t(template, ...args);
}

/** What pure text functions need to know of the person: language, time zone and the clock. */
export interface Reader {
  t: Translate;
  /** BCP 47 tag of the display language. */
  locale: string;
  /** IANA time zone; undefined: this machine's. */
  timeZone?: string;
  /** Epoch ms, by the endpoint's clock. */
  now: number;
}

/** Notifications make links of `[text](target)`: words from elsewhere get none. */
export function asPlainText(text: string): string {
  return text.replaceAll("](", "] (");
}

/** Text from elsewhere must not draw codicons. */
export function withoutIcons(text: string): string {
  return text.replaceAll("$(", "$ (");
}
