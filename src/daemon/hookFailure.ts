import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HookAnswer } from "../protocol/assistants.ts";
import { writePrivateFile } from "./stateDirectory.ts";

/** What a hook does that cannot reach the daemon: the daemon writes down what the policy wants, for hooks to read without it. */
export type HookFailure = "allow" | "block";

const fileIn = (stateDirectory: string) => join(stateDirectory, "hook.json");

/** What was written down last; `allow` where nothing was. */
export function savedHookFailure(stateDirectory: string): HookFailure {
  try {
    const { hookFailure } = JSON.parse(readFileSync(fileIn(stateDirectory), "utf8")) as { hookFailure?: unknown };
    return hookFailure === "block" ? "block" : "allow";
  } catch {
    return "allow";
  }
}

/** @throws Error when it cannot be written */
export function saveHookFailure(stateDirectory: string, hookFailure: HookFailure): void {
  writePrivateFile(fileIn(stateDirectory), JSON.stringify({ hookFailure }));
}

/** What a hook for an event (by the name in its input, whatever that is) prints when Token Budget cannot be asked. */
export function failedAnswer(input: string, hookFailure: HookFailure, why: string): HookAnswer {
  const event = eventName(input);
  if (hookFailure === "allow" || !["UserPromptSubmit", "PreToolUse"].includes(event)) {
    if (event !== "UserPromptSubmit") return { exitCode: 0 };
    return answer({ systemMessage: `Token Budget could not be asked, so this turn is not guarded: ${why}` });
  }
  const reason = `Token Budget could not be asked, and your team wants nothing sent without it: ${why}`;
  return event === "PreToolUse" ? denied(reason) : answer({ decision: "block", reason });
}

/** Ends a turn before a tool is run: the tool is denied, and the model is not called again. */
export function denied(reason: string): HookAnswer {
  const hookSpecificOutput = {
    hookEventName: "PreToolUse",
    permissionDecision: "deny",
    permissionDecisionReason: reason,
  };
  return answer({ continue: false, stopReason: reason, hookSpecificOutput });
}

/** An answer in the hooks' JSON. */
export function answer(body: object): HookAnswer {
  return { exitCode: 0, stdout: JSON.stringify(body) };
}

function eventName(input: string): string {
  try {
    const { hook_event_name: name } = JSON.parse(input) as { hook_event_name?: unknown };
    return typeof name === "string" ? name : "";
  } catch {
    return "";
  }
}
