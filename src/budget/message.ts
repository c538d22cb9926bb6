/**
 * A sentence for people as data, so that the editor can translate it and everybody else print it:
 * `{0}`, `{1}` … in the template stand for the arguments.
 */
export interface Message {
  template: string;
  args: string[];
}

export function message(template: string, ...args: string[]): Message {
  return { template, args };
}

/** The sentence in English. */
export function inEnglish({ template, args }: Message): string {
  return template.replace(/\{(\d)\}/g, (whole, index) => args[Number(index)] ?? whole);
}
