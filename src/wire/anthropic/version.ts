/**
 * The version in a Claude model's name, as a number: 4.7 for `claude-opus-4-7`, 3.5 for `claude-3-5-haiku-20241022`, 4 for
 * `claude-opus-4-20250514`; undefined where the name has none (`claude-mythos-preview`). Eras are told apart by it: the minor has one digit.
 */
export function claudeVersion(model: string): number | undefined {
  const found = /claude-(?:[a-z]+-)?(\d{1,2})(?!\d)(?:[-.](\d)(?!\d))?/.exec(model.toLowerCase());
  return found ? Number(`${found[1]}.${found[2] ?? 0}`) : undefined;
}
