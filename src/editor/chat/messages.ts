import * as vscode from "vscode";
import { type ChatMessage, type ChatTool, type ContentPart, readChatRequest } from "../../wire/openai/chatRequest.ts";
import { countable } from "../../wire/request.ts";
import type { TurnMessage } from "./turns.ts";

/** Messages and tools of VS Code's chat in the form of OpenAI's Chat Completions API. */

/** VS Code sends the system prompt with this role, which its stable enum does not name. */
const SYSTEM_ROLE = 3;

export function openAiMessages(messages: readonly vscode.LanguageModelChatRequestMessage[]): ChatMessage[] {
  return messages.flatMap((message) => {
    if ((message.role as number) === SYSTEM_ROLE) return [{ role: "system", content: textIn(message.content) }];
    return message.role === vscode.LanguageModelChatMessageRole.Assistant ? assistantMessage(message) : userMessages(message);
  });
}

export function openAiTools(tools: readonly vscode.LanguageModelChatTool[]): ChatTool[] {
  return tools.map(({ name, description, inputSchema }) => ({
    type: "function",
    function: { name, description, ...(inputSchema && { parameters: inputSchema }) },
  }));
}

/** What turns need to know of the messages. One that carries a tool's result is not the person's, whatever stands beside it. */
export function turnMessages(messages: readonly vscode.LanguageModelChatRequestMessage[]): TurnMessage[] {
  return messages.map((message) => ({
    fromPerson:
      message.role === vscode.LanguageModelChatMessageRole.User &&
      !message.content.some((part) => part instanceof vscode.LanguageModelToolResultPart),
    content: JSON.stringify(openAiMessages([message])),
  }));
}

/** The text of one message, or a plain text, as `provideTokenCount` gets them. */
export function messageText(message: string | vscode.LanguageModelChatRequestMessage, model: string): string {
  if (typeof message === "string") return message;
  return countable(readChatRequest({ model, messages: openAiMessages([message]) }).parts).texts.join("\n");
}

function assistantMessage({ content }: vscode.LanguageModelChatRequestMessage): ChatMessage[] {
  const calls = content.filter((part) => part instanceof vscode.LanguageModelToolCallPart);
  const text = textIn(content);
  if (calls.length === 0) return text ? [{ role: "assistant", content: text }] : [];
  const tool_calls = calls.map(({ callId, name, input }) => ({
    id: callId,
    type: "function" as const,
    function: { name, arguments: JSON.stringify(input ?? {}) },
  }));
  return [{ role: "assistant", content: text || null, tool_calls }];
}

/** One message may carry tool results and text: the results come first, right behind the calls that they answer. */
function userMessages({ content }: vscode.LanguageModelChatRequestMessage): ChatMessage[] {
  const results = content
    .filter((part) => part instanceof vscode.LanguageModelToolResultPart)
    .map((part): ChatMessage => ({ role: "tool", tool_call_id: part.callId, content: textIn(part.content) }));
  const parts = content.flatMap(contentPart);
  if (parts.length === 0) return results;
  const onlyText = parts.every((part) => part.type === "text");
  return [...results, { role: "user", content: onlyText ? parts.map((part) => part.text).join("\n") : parts }];
}

function contentPart(part: unknown): ContentPart[] {
  if (part instanceof vscode.LanguageModelDataPart && part.mimeType.startsWith("image/")) {
    const url = `data:${part.mimeType};base64,${Buffer.from(part.data).toString("base64")}`;
    return [{ type: "image_url", image_url: { url } }];
  }
  const text = textOf(part);
  return text === undefined ? [] : [{ type: "text", text }];
}

function textIn(parts: readonly unknown[]): string {
  return parts
    .map(textOf)
    .filter((text) => text !== undefined)
    .join("\n");
}

/** The text that a part carries; undefined for what no text model reads (marks of the cache, thoughts, pictures). */
function textOf(part: unknown): string | undefined {
  if (part instanceof vscode.LanguageModelTextPart) return part.value;
  if (part instanceof vscode.LanguageModelPromptTsxPart) return JSON.stringify(part.value);
  if (part instanceof vscode.LanguageModelDataPart && /^(text\/|application\/(.*\+)?json$)/.test(part.mimeType))
    return Buffer.from(part.data).toString("utf8");
  return undefined;
}
