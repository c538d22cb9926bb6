import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import { command, type Log, step } from "./command.ts";

/**
 * A Chromium to drive: $CHROMIUM_PATH, else the machine's own, else Playwright's; installed when there is none
 * (as root on Debian and its kin by apt, elsewhere by Playwright into its own cache).
 * @throws with what to do, when none can be had
 */
export async function chromiumPath(log: Log): Promise<string> {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, which does not exist.`);
  }
  const present = findChromium();
  if (present) return present;
  const errors: string[] = [];
  for (const install of [installByApt, installByPlaywright]) {
    try {
      await install(log);
    } catch (error) {
      errors.push((error as Error).message);
    }
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Error(
    `No Chromium was found and none could be installed. Install Chromium or Google Chrome and set CHROMIUM_PATH to its executable, then run the same command again.\n${errors.join("\n")}`,
  );
}

function findChromium(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const places = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const onPath = names.flatMap((name) => places.map((place) => join(place, name)));
  const usual = [
    "/usr/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ];
  return [...onPath, ...usual, chromium.executablePath()].find((file) => existsSync(file));
}

async function installByApt(log: Log): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return;
  await step(log, "Installing Chromium (apt-get, about 100 MB)", async () => {
    await command("apt-get", ["update"]);
    await command("apt-get", ["install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"]);
  });
}

async function installByPlaywright(log: Log): Promise<void> {
  await step(log, "Installing Chromium (playwright-core, about 170 MB)", () =>
    command("npx", ["playwright-core", "install", "chromium"]),
  );
}
