import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The licences of the packages that went into bundles, as their terms ask: one text, a package after the other.
 * `inputs` are the input paths of esbuild's metafiles.
 * @throws Error when a bundled package has no licence text
 */
export function thirdPartyNotices(inputs) {
  const folders = new Set(inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const notices = [...folders].sort().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${licenceText(folder, manifest).trim()}\n`;
  });
  return `Token Budget contains these packages:\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`;
}

function licenceText(folder, { license, author }) {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file) return readFileSync(join(folder, file), "utf8");
  // Some packages name their licence and leave its text to the reader.
  if (license === "MIT") {
    const holder = typeof author === "string" ? author : (author?.name ?? "its authors");
    return readFileSync("LICENSE", "utf8").replace(/^Copyright.*$/m, `Copyright (c) ${holder}`);
  }
  throw new Error(`${folder} has no licence text`);
}
