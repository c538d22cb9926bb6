import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatModels } from "../../scripts/vscode/server.ts";

/** What the server has answered, and what it says that it used. */
export interface Served {
  model: string;
  /** The cached part is in the input. */
  usage: { input: number; cached: number; output: number };
  /** Asked by the editor of its own accord, for a title or the like: without tools. */
  isUtility: boolean;
}

/**
 * Stands in for Copilot's own servers: an OpenAI-compatible server whose models Copilot Chat calls itself, with its own hooks and telemetry, as
 * it calls those of GitHub. It does what the prompt's last word group says: `read 2` calls a tool twice, one after the other, with long answers;
 * `delegate 3` starts three sub-agents at once; all else is answered.
 */
export interface CopilotModel {
  served: Served[];
  /** Waited for before each further call of a turn is answered. */
  pace: (() => Promise<void>) | undefined;
  /** The models as the chat takes them. */
  group: ChatModels;
  close(): Promise<void>;
}

interface Message {
  role: string;
  content: unknown;
  tool_calls?: unknown[];
}
interface Body {
  model: string;
  messages: Message[];
  tools?: { function: { name: string } }[];
}

export async function startCopilotModel(models: string[], fileToRead: () => string): Promise<CopilotModel> {
  const server = createServer((request, response) => void answer(request, response, stand, fileToRead));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`;
  const limits = { toolCalling: true, vision: false, maxInputTokens: 128_000, maxOutputTokens: 16_000 };
  const stand: CopilotModel = {
    served: [],
    pace: undefined,
    group: {
      name: "Stand-in",
      vendor: "customendpoint",
      apiType: "chat-completions",
      models: models.map((id) => ({ id, name: id, url, ...limits })),
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stand;
}

async function answer(request: IncomingMessage, response: ServerResponse, stand: CopilotModel, fileToRead: () => string) {
  let text = "";
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text) as Body;
  const order = orderIn(body);
  if (order.rounds > 0) await stand.pace?.();
  const number = stand.served.length + 1;
  // No two calls are alike, so that none can stand for another.
  const output = (order.verb === "read" ? 10_000 : 200) + number;
  const usage = { input: 20_000 + 7 * number, cached: 12_000 + 3 * number, output };
  stand.served.push({ model: body.model, usage, isUtility: !body.tools });
  response.writeHead(200, { "content-type": "text/event-stream", "x-request-id": `served-${number}` });
  const chunk = { id: `answer-${number}`, object: "chat.completion.chunk", created: 1_700_000_000, model: body.model };
  const send = (choices: object[], tokens: object | null = null) =>
    response.write(`data: ${JSON.stringify({ ...chunk, choices, usage: tokens })}\n\n`);
  const calls = callsOf(order, body, number, fileToRead);
  const delta = calls.length > 0 ? { role: "assistant", tool_calls: calls } : { role: "assistant", content: `Answer ${number}.` };
  send([{ index: 0, delta, finish_reason: null }]);
  send([{ index: 0, delta: {}, finish_reason: calls.length > 0 ? "tool_calls" : "stop" }]);
  send([], {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached },
    completion_tokens_details: { reasoning_tokens: 0 },
  });
  response.end("data: [DONE]\n\n");
}

/** What the last prompt says, and how many rounds of tools there were since. */
interface Order {
  verb: string | undefined;
  count: number;
  rounds: number;
}

function orderIn({ messages, tools }: Body): Order {
  const asked = messages.findLastIndex(({ role }) => role === "user");
  const rounds = messages.slice(asked).filter(({ tool_calls }) => tool_calls).length;
  const [, verb, count] = [...JSON.stringify(messages[asked]?.content).matchAll(/\b(read|delegate) (\d+)/g)].at(-1) ?? [];
  return { verb: tools && verb, count: Number(count), rounds };
}

/** What this round of the turn calls. */
function callsOf({ verb, count, rounds }: Order, { tools = [] }: Body, number: number, fileToRead: () => string): object[] {
  const has = (name: string) => tools.some((tool) => tool.function.name === name);
  const call = (index: number, name: string, given: object) => ({
    ...{ index, id: `call-${number}-${index}`, type: "function" },
    function: { name, arguments: JSON.stringify(given) },
  });
  if (verb === "read" && rounds < count) return [call(0, "read_file", { filePath: fileToRead(), startLine: 1, endLine: 2 })];
  if (verb === "delegate" && rounds === 0 && has("runSubagent"))
    return Array.from({ length: count }, (_, index) =>
      call(index, "runSubagent", { description: "look", prompt: `Say hello, helper ${index + 1}` }),
    );
  return [];
}
