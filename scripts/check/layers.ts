import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { importsOf } from "./imports.ts";

/** Which folders of `src/` each of them may import from, besides itself: the arrows of the layout (CONTRIBUTING). */
const ARROWS: Record<string, readonly string[]> = {
  main: ["editor", "daemon", "endpoint", "protocol", "budget", "prices", "wire", "tokens"],
  editor: ["protocol", "budget", "prices", "wire", "tokens"],
  daemon: ["protocol", "budget", "prices", "wire", "tokens"],
  endpoint: ["protocol", "budget", "prices", "wire", "tokens"],
  protocol: ["budget", "prices", "wire", "tokens"],
  budget: ["prices", "wire", "tokens"],
  prices: ["wire", "tokens"],
  wire: [],
  tokens: [],
};

/** Folders that run anywhere: they import neither Node nor VS Code. */
const PURE = new Set(["protocol", "budget", "prices", "wire", "tokens"]);

/** Code of a webview, `src/editor/<feature>/view/`: it runs in a browser, and meets the editor in `src/editor/<feature>/protocol.ts` alone. */
const VIEW = /^(src\/editor\/[^/]+\/)view\//;
const VIEW_PROTOCOL = /^src\/editor\/[^/]+\/protocol\.ts$/;
/** What all webviews share; nobody else imports it. */
const VIEWS_SHARED = /^src\/editor\/webview\//;

/** A source file: its path from the root with `/`, and its text. */
export interface Source {
  path: string;
  text: string;
}

/** Where files of `src/` break the layout: an arrow the wrong way, an impure core, VS Code outside the editor or in a webview. One line per fault. */
export function layerFaults(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    importsOf(text).flatMap(({ specifier, line }) => {
      const fault = specifier.startsWith(".") ? arrowFault(path, resolve(path, specifier)) : packageFault(path, specifier);
      return fault ? [`${path}:${line}: ${fault}`] : [];
    }),
  );
}

/** Imports of files of `src/` that lead back to where they began. One line per cycle. */
export function cycleFaults(sources: readonly Source[]): string[] {
  const paths = new Set(sources.map(({ path }) => path));
  const targets = new Map(
    sources.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => resolve(path, specifier))
        .filter((target) => paths.has(target)),
    ]),
  );
  const faults: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: string[]) => {
    const seen = trail.indexOf(path);
    if (seen >= 0) {
      faults.push(`${path}: imports itself by way of ${[...trail.slice(seen + 1), path].join(" -> ")}`);
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of paths) visit(path, []);
  return faults;
}

function arrowFault(path: string, target: string): string | undefined {
  if (!target.startsWith("src/")) {
    if (isTest(path) || target === "package.json") return undefined;
    return `imports ${target}, which does not ship`;
  }
  if (isTest(target)) return `imports the test ${target}`;
  const [from, to] = [layerOf(path), layerOf(target)];
  if (from === to) return viewFault(path, target);
  if (!ARROWS[from]) return `${from}/ is no folder of the layout`;
  return ARROWS[from].includes(to) ? undefined : `${from}/ must not import ${to}/ (${target})`;
}

/** An arrow inside the editor, into a webview or out of it. */
function viewFault(path: string, target: string): string | undefined {
  const [from, to] = [VIEW.exec(path), VIEW.exec(target)];
  if (to && from?.[0] !== to[0]) return `only a webview's own code imports ${target}`;
  if (VIEWS_SHARED.test(target)) return from || VIEWS_SHARED.test(path) ? undefined : `only webviews import ${target}`;
  if (VIEWS_SHARED.test(path)) return `what webviews share must not import ${target}`;
  if (!from || to) return undefined;
  return target === `${from[1]}protocol.ts` ? undefined : `a webview must not import ${target}`;
}

function packageFault(path: string, specifier: string): string | undefined {
  const layer = layerOf(path);
  if (
    [VIEW, VIEWS_SHARED, VIEW_PROTOCOL].some((one) => one.test(path)) &&
    (specifier === "vscode" || isBuiltin(specifier)) &&
    !isTest(path)
  )
    return `what runs in a webview must not import ${specifier}`;
  if (specifier === "vscode" && layer !== "editor" && path !== "src/main/extension.ts")
    return "only editor/ and main/extension.ts import vscode";
  if (isBuiltin(specifier) && PURE.has(layer) && !isTest(path)) return `${layer}/ is pure and must not import ${specifier}`;
  return undefined;
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}
