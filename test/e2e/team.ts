import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Sample, startSample } from "../../sample/sample.ts";
import { root } from "../../scripts/root.ts";
import type { Workbench } from "../../scripts/vscode/browser.ts";
import { parseAmount } from "../../src/budget/money.ts";
import type { Me } from "../../src/protocol/endpoint.ts";

/** The sample team, in a folder of its own that goes with it. */
export interface Team extends Sample {
  folder: string;
  /** Spend of the healthy developer's month (nano-USD), as the endpoint has it. */
  spend(): Promise<bigint>;
  /** The lead puts in force what the sample's policy says, with these changes. */
  pushPolicy(changes: Record<string, unknown>): Promise<void>;
  /** Waits until the endpoint has booked more than `before`. The test's own time limit ends the wait. */
  spendAbove(before: bigint): Promise<bigint>;
}

export async function startTeam(): Promise<Team> {
  const folder = mkdtempSync(join(tmpdir(), "tb-sample-"));
  const sample = await startSample(folder);
  const spend = async () => {
    const headers = { authorization: `Bearer ${sample.people.healthy.token}` };
    const { allowances } = (await (await fetch(`${sample.endpointUrl}/v1/me`, { headers })).json()) as Me;
    return parseAmount(allowances.find(({ id }) => id === "month")!.spend);
  };
  return {
    ...sample,
    folder,
    spend,
    async pushPolicy(changes) {
      const headers = { authorization: `Bearer ${sample.people.lead.token}`, "content-type": "application/json" };
      const versions = await fetch(`${sample.endpointUrl}/v1/policy`, { headers });
      const body = JSON.stringify({ policy: { ...samplePolicy(), ...changes }, note: "for a test" });
      const ifMatch = { "if-match": versions.headers.get("etag")! };
      const pushed = await fetch(`${sample.endpointUrl}/v1/policy`, { method: "PUT", headers: { ...headers, ...ifMatch }, body });
      if (!pushed.ok) throw new Error(await pushed.text());
    },
    async spendAbove(before) {
      for (;;) {
        const now = await spend();
        if (now > before) return now;
        await delay(200);
      }
    },
    async close() {
      await sample.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Sends the sample's migration prompt to a model, from the command palette; does not wait for a question or an answer. */
export async function sendPrompt(window: Workbench, model: string): Promise<void> {
  await window.openFile("migrate.prompt.md");
  await window.runCommand("Token Budget: Send Prompt…");
  await window.pick(model);
}

function samplePolicy(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, "sample", "policy.json"), "utf8")) as Record<string, unknown>;
}
