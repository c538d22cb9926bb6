import { median, type Row, row } from "../../scripts/bench/row.ts";
import { DEFAULT_POLICY } from "../../src/budget/policy/policy.ts";
import { LiveText } from "../../src/editor/counting/liveText.ts";
import type { PreviewPart } from "../../src/editor/preview/part.ts";
import { previewView } from "../../src/editor/preview/previewView.ts";
import { bundledCatalogue } from "../../src/prices/catalogue.ts";
import type { PriceList } from "../../src/prices/rates.ts";
import type { State } from "../../src/protocol/daemon.ts";
import { contentShares } from "../../src/tokens/estimate/contentClass.ts";

/** Nothing over 5 ms on the extension host's thread while somebody types. */
const GOAL = { of: "ours", op: "<=", value: 5 } as const;
const KEYSTROKES = 200;
const MEGABYTE = 1 << 20;
const FILES = 20;

/** What a keystroke costs the extension host's thread while the preview is open: counting itself is the other thread's. */
export async function bench(): Promise<Row[]> {
  const list = (await bundledCatalogue()).at(Date.now());
  return [viewRow(list, 8), viewRow(list, 30), typingRow()];
}

/** All that is shown, computed anew. */
function viewRow(list: PriceList, models: number): Row {
  const refs = list.models.filter((_, index) => index % Math.floor(list.models.length / models) === 0).slice(0, models);
  const local = { isOver: true, models: [], servers: ["127.0.0.1:11434"] };
  const setting = { refs, local, chosen: refs[0]!, estimates: refs[1]!, list, state: stateFor(list), work: {} };
  const reader = { t: (template: string, ...args: unknown[]) => [template, ...args].join(" "), locale: "en", now: Date.now() };
  const look = (typed: number) =>
    previewView({ documentName: "a.prompt.md", isTyped: false, parts: partsOf(typed), model: "gpt-5" }, setting, reader);
  return timed(`the view of ${FILES} files on ${models} models, after a keystroke`, look);
}

/** A character typed into a megabyte of text, and a look at what it is made of. */
function typingRow(): Row {
  const text = new LiveText({ generation: 0, ask: () => Promise.resolve(0) });
  text.text = "It is what it is, and that is all. ".repeat(MEGABYTE / 35);
  return timed("a keystroke in a megabyte of the view's own text", (typed) => {
    text.change({ rangeOffset: (typed * 7_919) % MEGABYTE, rangeLength: 0, text: "x" });
    contentShares([text.text]);
  });
}

function timed(name: string, keystroke: (typed: number) => unknown): Row {
  const times: number[] = [];
  for (let typed = 0; typed < KEYSTROKES; typed++) {
    const start = performance.now();
    keystroke(typed);
    if (typed >= KEYSTROKES / 4) times.push(performance.now() - start); // before that, the machine warms up
  }
  return row({ name, unit: "ms", ours: median(times), peers: {}, better: "less", goal: GOAL });
}

function partsOf(typed: number): PreviewPart[] {
  const shares = contentShares(["It is what it is: run_away(); 漢字"]);
  return Array.from({ length: FILES }, (_, index) => ({
    ...{ id: `file ${index}`, kind: index === 0 ? "text" : "file", name: `docs/${index}.md`, isIncluded: true },
    content: { state: "text", tokens: new Map([["o200k_base", 1_000 + typed + index]]), shares },
  }));
}

function stateFor(list: PriceList): State {
  const period = { kind: "month", start: "2026-11-01T00:00:00Z", resetsAt: "2026-12-01T00:00:00Z" } as const;
  const figures = { unit: "usd", limit: "60", softLimit: 0.8, spend: "22", held: "0", ownFree: "0", period } as const;
  const allowance = (id: string) => ({ key: id, id, name: `Your ${id}`, per: "developer", ...figures }) as const;
  return {
    sync: { phase: "live" },
    allowances: ["day", "week", "month", "pool"].map(allowance),
    policy: { version: 1, author: "", note: "", createdAt: period.start, policy: DEFAULT_POLICY },
    ...{
      priceRef: list.priceRef,
      pending: { entries: 0, uncertain: 0 },
      coverage: [],
      assistants: [],
      outputs: {},
      plans: [],
      planMeters: [],
    },
    ...{ grants: [], clockSkew: 0 },
  };
}
