import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type GuardParts, unguardCopilot } from "../../src/editor/copilot/guardCopilot.ts";
import { personalHookFile, TELEMETRY_WRITTEN } from "../../src/editor/copilot/places.ts";

describe("taking back the guard of Copilot Chat", () => {
  const { HOME } = process.env;
  const home = mkdtempSync(join(tmpdir(), "tb-home-"));
  before(() => {
    process.env.HOME = home;
  });
  after(() => {
    process.env.HOME = HOME;
    rmSync(home, { recursive: true, force: true });
  });

  it("goes to its end also where no daemon can be asked", async () => {
    const file = personalHookFile();
    assert.ok(file.startsWith(home));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "{}");
    const kept = new Map<string, unknown>([[TELEMETRY_WRITTEN, { url: "http://127.0.0.1:1/x", enabledBefore: undefined }]]);
    const parts = {
      client: { telemetry: () => Promise.reject(new Error("the disk is on fire")) },
      memento: {
        get: (name: string) => kept.get(name),
        update: async (name: string, value: unknown) => void kept.set(name, value),
      },
    };
    await unguardCopilot(parts as unknown as GuardParts);
    assert.deepEqual([existsSync(file), kept.get(TELEMETRY_WRITTEN)], [false, undefined]);
  });
});
