import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { ModelRef } from "../../budget/modelRef.ts";
import { plainModel } from "../../wire/otlp/provider.ts";
import { type Usage, usageOf } from "../../wire/usage.ts";

/** A larger file is not read (bytes): it holds a whole chat, and of it two numbers are wanted. */
const MOST_BYTES = 64 << 20;

/** What the editor has written down of the last turn of a chat. In tokens. */
export interface WrittenTurn {
  /** Of its last call's input. */
  prompt: number;
  output: number;
  /** How often the model was called. */
  calls: number;
}

/**
 * What the last turn of a session has used, as far as the editor's own file tells: VS Code keeps chats as logs of changes, with the tokens of
 * each turn's last call, without what its cache had and without the calls besides. Undefined where there is no such file, or nothing in it.
 * @param transcript as hooks are told it: `<storage>/GitHub.copilot-chat/transcripts/<session>.jsonl`
 */
export async function lastTurnOf(transcript: string): Promise<WrittenTurn | undefined> {
  const text = await logOf(transcript);
  return text === undefined ? undefined : turnIn(text);
}

/** The model that is chosen in a session, as far as the editor's own file tells. */
export async function selectedModelOf(transcript: string): Promise<ModelRef | undefined> {
  const text = await logOf(transcript);
  const metadata = fieldOf(fieldOf(fieldOf(text && replayed(text), "inputState"), "selectedModel"), "metadata");
  const [vendor, id] = [fieldOf(metadata, "vendor"), fieldOf(metadata, "id")];
  return typeof vendor === "string" && typeof id === "string" && id !== ""
    ? { provider: vendor, model: plainModel(id) }
    : undefined;
}

async function logOf(transcript: string): Promise<string | undefined> {
  const session = basename(transcript, extname(transcript));
  const storage = dirname(dirname(dirname(transcript)));
  const places = [
    join(storage, "chatSessions", `${session}.jsonl`),
    join(dirname(dirname(storage)), "globalStorage", "emptyWindowChatSessions", `${session}.jsonl`),
    join(dirname(storage), "globalStorage", "emptyWindowChatSessions", `${session}.jsonl`),
  ];
  for (const place of places) {
    const text = await readSmall(place);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The same as a usage: each call before the last sent about as much, most of which the cache had. */
export function usageOfWritten({ prompt, output, calls }: WrittenTurn): Usage {
  return usageOf({ input: prompt, cacheRead: prompt * (calls - 1), output });
}

async function readSmall(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    return size <= MOST_BYTES ? await readFile(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

/** The session, from the log's changes: `kind` 0 is the whole, 1 sets what stands at `k`, 2 appends there. */
function replayed(text: string): unknown {
  let session: unknown;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const change = parsed(line);
    const { kind, k, v } = (change ?? {}) as { kind?: unknown; k?: unknown; v?: unknown };
    if (kind === 0) session = v;
    else if (Array.isArray(k)) apply(session, k, v, kind === 2);
  }
  return session;
}

/** What the last request of a session's log has used; undefined where that is not told. */
export function turnIn(text: string): WrittenTurn | undefined {
  const session = replayed(text);
  const requests = fieldOf(session, "requests");
  const last: unknown = Array.isArray(requests) ? requests.at(-1) : undefined;
  const metadata = fieldOf(fieldOf(last, "result"), "metadata");
  const prompt = countOf(fieldOf(metadata, "promptTokens")) ?? countOf(fieldOf(last, "promptTokens"));
  const output = countOf(fieldOf(metadata, "outputTokens")) ?? countOf(fieldOf(last, "completionTokens"));
  const rounds = fieldOf(metadata, "toolCallRounds");
  if (!prompt) return undefined; // models that report nothing leave 0
  return { prompt, output: output ?? 0, calls: Math.max(1, Array.isArray(rounds) ? rounds.length : 1) };
}

function apply(root: unknown, path: readonly unknown[], value: unknown, append: boolean): void {
  let at = root;
  for (const step of path.slice(0, -1)) at = fieldOf(at, step);
  const last = path.at(-1);
  if (typeof at !== "object" || at === null || !isStep(last)) return;
  const place = at as Record<string | number, unknown>;
  if (!append) place[last] = value;
  else if (Array.isArray(place[last]) && Array.isArray(value)) (place[last] as unknown[]).push(...value);
}

function isStep(step: unknown): step is string | number {
  return (typeof step === "string" && step !== "__proto__") || (typeof step === "number" && step >= 0 && step < 1e6);
}

function fieldOf(value: unknown, step: unknown): unknown {
  return typeof value === "object" && value !== null && isStep(step) && Object.hasOwn(value, step)
    ? (value as Record<string | number, unknown>)[step]
    : undefined;
}

function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // half a line, or not ours
  }
}
