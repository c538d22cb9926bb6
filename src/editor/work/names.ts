/** What names in Git say of the work that somebody is at. */

/**
 * The repository that a remote's address names, without its host: `owner/name` of `git@host:owner/name.git`. Undefined where the address
 * is a path of this machine, which is nobody's business.
 */
export function projectOf(remote: string): string | undefined {
  const path = /^(?:(?:https?|ssh|git|git\+ssh):\/\/[^/]+\/+|[^/\\:]{2,}:(?!\/\/))(?!\/)(.+)$/i.exec(remote.trim())?.[1];
  const name = path
    ?.replace(/[?#].*$/, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/i, "");
  return name || undefined;
}

/** `ABC-123` as Jira and others write it. */
const KEY = /(?:^|[^A-Za-z0-9])([A-Z][A-Z0-9]{1,9}-\d{1,7})(?![A-Za-z0-9])/;
/** `123-fix`, `kim/123_fix`, `issue-123`, `gh-123`; but no date and no version. */
const NUMBER = /(?:^|\/)(?:(?:issues?|gh)[-_/]#?(\d{1,7})(?![\w.])|#?(\d{1,7})[-_](?=[A-Za-z]))/i;

/** The issue that a branch is for, by the usual ways to name branches: `ABC-123`, or a number; undefined where its name does not say. */
export function issueOf(branch: string): string | undefined {
  const number = NUMBER.exec(branch);
  return KEY.exec(branch)?.[1] ?? number?.[1] ?? number?.[2];
}
