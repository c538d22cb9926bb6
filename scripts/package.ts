import { relative } from "node:path";
import { step } from "./command.ts";
import { packageEndpoint } from "./package/endpoint.ts";
import { type Artefact, packageExtension } from "./package/extension.ts";
import { root } from "./root.ts";

/** `npm run package [-- extension | endpoint]`: the VSIX and the endpoint's npm package, each checked by size and content. */

// The extension's build empties dist/, so it goes first.
const parts = { extension: packageExtension, endpoint: packageEndpoint };
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}\nusage: npm run package [-- ${Object.keys(parts).join(" | ")}]`);
  process.exit(2);
}

for (const [name, make] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  try {
    show(await step(console.error, `Packaging the ${name}`, () => make()));
  } catch (error) {
    console.error(error instanceof Error ? error.message : `Packaging the ${name} failed: ${error}`);
    process.exit(1);
  }
}

/** Size and the biggest files. */
function show({ path, bytes, files }: Artefact): void {
  console.log(`${relative(root, path)}: ${kilobytes(bytes)} in ${files.size} files; the biggest, unpacked:`);
  const biggest = [...files].sort(([, a], [, b]) => b.length - a.length).slice(0, 8);
  for (const [name, { length }] of biggest) console.log(`  ${kilobytes(length).padStart(10)}  ${name}`);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(bytes < 10_240 ? 1 : 0)} KB`;
}
