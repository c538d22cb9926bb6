/** What of the extension's package.json is checked. */
export interface Manifest {
  enabledApiProposals?: unknown;
  contributes?: {
    commands?: { command: string; title: string; category?: string }[];
    configuration?: Configuration | Configuration[];
  };
}
interface Configuration {
  properties?: Record<string, unknown>;
}

/**
 * What is wrong with the manifest: proposed API, a command without a category, a command or a setting that the README does not
 * name, a `%text%` without words. One line per fault.
 */
export function manifestFaults(manifest: Manifest, words: Record<string, unknown>, readme: string | undefined): string[] {
  const { commands = [], configuration = [] } = manifest.contributes ?? {};
  const settings = [configuration].flat().flatMap(({ properties }) => Object.keys(properties ?? {}));
  const titleOf = ({ title }: { title: string }) => String(words[title.replaceAll("%", "")] ?? title);
  const missing = (names: string[], what: string) =>
    readme === undefined
      ? []
      : names.filter((name) => !readme.includes(name)).map((name) => `README.md: does not name the ${what} ${name}`);
  return [
    ...(manifest.enabledApiProposals === undefined ? [] : ["package.json: enabledApiProposals cannot be published"]),
    ...commands.filter(({ category }) => !category).map(({ command }) => `package.json: the command ${command} has no category`),
    ...missing(commands.map(titleOf), "command"),
    ...missing(settings, "setting"),
    ...keysOf(manifest)
      .filter((key) => words[key] === undefined)
      .map((key) => `package.nls.json: no words for %${key}%`),
  ];
}

/** Every `%key%` in a manifest. */
function keysOf(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(/"%([\w.-]+)%"/g)].map((match) => match[1]!);
}
