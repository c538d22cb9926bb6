import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Row, row } from "../../../scripts/bench/row.ts";
import { startSupervised } from "../../../scripts/supervised.ts";
import type { Workbench } from "../../../scripts/vscode/browser.ts";
import { PolicySchema } from "../../../src/budget/policy/policy.ts";
import { Admin } from "../../../src/endpoint/admin.ts";
import { startEditor } from "../../e2e/driver.ts";
import { startPostgres } from "../../endpoint/support/postgres.ts";
import { startServer } from "../../endpoint/support/server.ts";
import { call } from "../../endpoint/support/team.ts";
import { withStore } from "../money/team.ts";

const SIMULATED = 500;
const REAL = 2;
const PUSHES = 10;
/** "Applied within a second." */
const GOAL = { of: "ours", op: "<=", value: 1000 } as const;

/** From a lead's push until every connected editor has it: simulated ones, and real windows whose meter shows the new limit. */
export async function pushToApplied(): Promise<Row[]> {
  const postgres = await startPostgres({ durable: true });
  const url = await postgres.database();
  const { lead, tokens } = await withStore(url, async (store) => team(await Admin.over(store)));
  const server = await startServer([], { DATABASE_URL: url });
  const windows: Window[] = [];
  const simulated = await listen(server.url, tokens.slice(REAL));
  try {
    for (const token of tokens.slice(0, REAL)) windows.push(await openWindow(server.url, token));
    const arrived: number[] = [];
    const shown: number[] = [];
    for (let push = 0; push <= PUSHES; push++) {
      const changes = windows.map((window) => window.changed());
      const heard = simulated.hear(push + 2);
      const start = Date.now();
      const pushed = await call(server.url, lead, "PUT", "/v1/policy", { policy: policy(100 + push) }, { "if-match": "*" });
      if (pushed.status !== 200) throw new Error(`the push was answered ${pushed.status}`);
      const instants = [await heard, await Promise.all(changes)] as const;
      if (push === 0) continue; // it warms up
      arrived.push(...instants[0].map((at) => at - start));
      shown.push(...instants[1].map((at) => at - start));
    }
    return [
      line(`push to ${SIMULATED} simulated editors, p50`, arrived, 0.5),
      line(`push to the last of ${SIMULATED} simulated editors`, arrived, 1),
      line(`push to the meter of ${REAL} real windows beside them, p50`, shown, 0.5),
      line(`push to the meter of ${REAL} real windows beside them, the slowest`, shown, 1),
    ];
  } finally {
    for (const window of windows) await window.close();
    await simulated.stop();
    await server.stop();
    await postgres.stop();
  }
}

function policy(limit: number): object {
  return { allowances: [{ id: "month", name: "Your month", limit: String(limit) }] };
}

async function team(admin: Admin): Promise<{ lead: string; tokens: string[] }> {
  const { id } = await admin.createTeam({ name: "Ferries" });
  await admin.pushPolicy(id, PolicySchema.parse(policy(99)), { author: "A lead" });
  const member = async (name: string, role: "lead" | "developer") => {
    const person = await admin.addPerson({ team: id, name, email: `${name}@example.com`, role });
    return (await admin.createToken(person.id)).token;
  };
  const tokens: string[] = [];
  for (let i = 0; i < SIMULATED + REAL; i++) tokens.push(await member(`dev${i}`, "developer"));
  return { lead: await member("lead", "lead"), tokens };
}

/** The simulated editors, in a process of their own. */
async function listen(url: string, tokens: string[]) {
  const env = { ...process.env, TOKEN_BUDGET_BENCH_ENDPOINT: url, TOKEN_BUDGET_BENCH_TOKENS: JSON.stringify(tokens) };
  const child = startSupervised(process.execPath, [fileURLToPath(new URL("editors.ts", import.meta.url))], { env });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout });
  await until(lines, (text) => text === "all listen");
  return {
    stop: child.stop,
    /** Resolves with the instants (epoch ms) at which each of them had the version. */
    async hear(version: number): Promise<number[]> {
      const instants: number[] = [];
      await until(lines, (text) => {
        const [heard, at] = text.split(" ").map(Number);
        if (heard === version) instants.push(at!);
        return instants.length === tokens.length;
      });
      return instants;
    },
  };
}

function until(lines: Interface, fits: (line: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    lines.on("line", function look(text: string) {
      if (!fits(text)) return;
      lines.off("line", look);
      resolve();
    });
  });
}

/** Of the page, in which what is evaluated runs. */
declare class MutationObserver {
  constructor(changed: () => void);
  observe(target: unknown, options: object): void;
  disconnect(): void;
}

interface Window {
  /** Resolves with the instant (epoch ms) at which the meter says something else. */
  changed(): Promise<number>;
  close(): Promise<void>;
}

async function openWindow(url: string, token: string): Promise<Window> {
  const editor = await startEditor({ settings: { "tokenBudget.endpoint.url": url }, env: { TOKEN_BUDGET_TOKEN: token } });
  const meter = (window: Workbench) => window.statusItem("tokenBudget.meter");
  await meter(editor.window).filter({ hasText: "left" }).waitFor();
  return {
    close: () => editor.close(),
    changed: () =>
      meter(editor.window).evaluate(
        (element) =>
          new Promise<number>((resolve) => {
            const before = element.textContent;
            const observer = new MutationObserver(() => {
              if (element.textContent === before) return;
              observer.disconnect();
              resolve(Date.now());
            });
            observer.observe(element, { subtree: true, childList: true, characterData: true });
          }),
      ),
  };
}

/** The figure below which this share of all is. */
function line(name: string, times: readonly number[], share: number): Row {
  const sorted = times.toSorted((a, b) => a - b);
  const ours = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return row({ name, unit: "ms", ours, peers: {}, better: "less", goal: GOAL });
}
