import type { LocalModel } from "../../prices/localModels.ts";
import { isLoopback } from "../../protocol/address.ts";

/** What is known of models on this machine. */
export interface LocalSearch {
  isOver: boolean;
  models: LocalModel[];
  /** Where it was looked, as `127.0.0.1:11434`. */
  servers: string[];
}

/** Where Ollama listens unless it is told otherwise (docs.ollama.com/faq). */
export const OLLAMA = "http://127.0.0.1:11434";
/** How long a server on this machine may take to say what it has (ms): one that is not there declines at once. */
const PATIENCE = 1_500;
/** Bytes of a list, and models that are shown of one server, at most. */
const MOST_BYTES = 1 << 20;
const MOST_MODELS = 50;

/** Ids of the usual lists that are no chat models. */
const NO_CHAT = /embed|rerank|whisper|tts|moderation/i;

/** An address to look at: a base URL, and how its models are listed. */
interface Server {
  url: URL;
  list(url: URL): Promise<LocalModel[]>;
}

/**
 * Looks for models on this machine: Ollama's, and those of OpenAI-compatible servers at `urls`. Only addresses of this machine are asked.
 * @param ollama where Ollama is, in tests
 */
export async function searchLocalModels(urls: readonly string[], ollama = OLLAMA): Promise<LocalSearch> {
  const named = urls.flatMap((text) => URL.parse(text.trim()) ?? []);
  const servers: Server[] = [
    { url: new URL(ollama), list: ollamaModels },
    ...named.map((url) => ({ url, list: openAiModels })),
  ].filter(({ url }) => url.protocol === "http:" && isLoopback(url.hostname));
  const found = await Promise.all(servers.map(({ url, list }) => list(url).catch(() => [])));
  return { isOver: true, models: unique(found.flat()), servers: servers.map(({ url }) => url.host) };
}

/** `GET /api/tags`. What Ollama only passes on to its own cloud does not run here. */
async function ollamaModels(base: URL): Promise<LocalModel[]> {
  const { models } = await getJson(`${base.origin}/api/tags`);
  return namesIn(models, (entry) => (entry.remote_host || entry.remote_model ? undefined : entry.name))
    .filter((name) => !/[-:]cloud$/.test(name))
    .map((model) => ({ provider: "ollama", model }));
}

/** `GET /models` below the base URL, as OpenAI's API has it. */
async function openAiModels(base: URL): Promise<LocalModel[]> {
  const { data } = await getJson(`${base.origin}${base.pathname.replace(/\/+$/, "")}/models`);
  return namesIn(data, ({ id }) => id).map((model) => ({ provider: base.host, model }));
}

function namesIn(list: unknown, nameOf: (entry: Record<string, unknown>) => unknown): string[] {
  const entries = Array.isArray(list) ? list.slice(0, MOST_MODELS) : [];
  return entries
    .map((entry) => (typeof entry === "object" && entry !== null ? nameOf(entry) : undefined))
    .filter((name) => typeof name === "string")
    .filter((name) => name.length > 0 && name.length <= 200 && !NO_CHAT.test(name));
}

/** @throws when the server does not answer in time with a JSON object that is not too long; a redirect is no answer */
async function getJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), redirect: "error" });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_BYTES) throw new Error("too long");
  }
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null) throw new Error("no object");
  return body as Record<string, unknown>;
}

function unique(models: readonly LocalModel[]): LocalModel[] {
  const seen = new Map(models.map((one) => [`${one.provider} ${one.model}`, one]));
  return [...seen.values()];
}
