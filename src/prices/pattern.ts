/** Whether a model pattern names `provider/model`. No regular expression is ever built from a policy's text. */
export function matchesModel(pattern: string, ref: { provider: string; model: string }): boolean {
  return matchesGlob(pattern, ref.model) || matchesGlob(pattern, `${ref.provider}/${ref.model}`);
}

/** `*` stands for any run of characters; linear in both lengths but for backtracking to the last star. */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
