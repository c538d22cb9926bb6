import * as vscode from "vscode";
import type { ContentPart } from "../../wire/openai/chatRequest.ts";
import { nameOf, type Prompt, textOf } from "../prompt.ts";

/** A message that is to be sent: a prompt, and what goes with it. */
export interface Outgoing {
  /** What it is, for titles. */
  name: string;
  parts: OutgoingPart[];
}

export type OutgoingPart = { kind: "text"; text: string } | { kind: "picture"; mime: string; bytes: Uint8Array };

/** A prompt alone. */
export function outgoingOf(prompt: Prompt): Outgoing {
  return { name: nameOf(prompt), parts: [{ kind: "text", text: textOf(prompt) }] };
}

export function isEmpty({ parts }: Outgoing): boolean {
  return parts.every((part) => part.kind === "text" && !part.text.trim());
}

/** The message in the form in which the wire's reader counts it. */
export function wireContent({ parts }: Outgoing): ContentPart[] {
  return parts.map((part) =>
    part.kind === "text"
      ? { type: "text", text: part.text }
      : {
          type: "image_url",
          image_url: { url: `data:${part.mime};base64,${Buffer.from(part.bytes).toString("base64")}` },
        },
  );
}

/** The message in the form in which VS Code hands it to a model. */
export function chatMessage({ parts }: Outgoing): vscode.LanguageModelChatMessage {
  return vscode.LanguageModelChatMessage.User(
    parts.map((part) =>
      part.kind === "text"
        ? new vscode.LanguageModelTextPart(part.text)
        : vscode.LanguageModelDataPart.image(part.bytes, part.mime),
    ),
  );
}
