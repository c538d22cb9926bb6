import * as z from "zod/mini";

const Name = z.optional(z.string().check(z.maxLength(300)));
const Path = z.optional(z.string().check(z.maxLength(4_096)));

/** What of a hook's input is used. Everything else in it (other tool inputs, answers) is dropped. */
const EventSchema = z.object({
  hook_event_name: z.string().check(z.maxLength(100)),
  session_id: Name,
  transcript_path: Path,
  cwd: Path,
  prompt: z.optional(z.string()),
  model: Name,
  tool_name: Name,
  tool_input: z.catch(z.optional(z.object({ prompt: z.optional(z.string()) })), undefined),
  timestamp: Name,
  tool_use_id: Name,
  agent_id: Name,
});

/** An event of an agent, as VS Code tells its hooks (code.visualstudio.com/docs/copilot/customization/hooks). */
export interface HookEvent {
  name: string;
  /** The chat's session. */
  session: string;
  cwd: string;
  /** The file in which the editor keeps what was said in the session. */
  transcript?: string;
  /** The text that the person is about to send: used, and dropped. */
  prompt?: string;
  /** As the assistant calls it. */
  model?: string;
  /** The tool that is about to run. */
  tool?: string;
  /** The prompt that the tool is given, such as a sub-agent's: used, and dropped. */
  toolPrompt?: string;
  /** The same for one event that several hooks are told, and for no other of its name in the session; absent where it is not told. */
  occasion?: string;
}

/** Reads what stood on a hook's standard input; undefined where that is no event. Never throws. */
export function hookEventIn(input: string, cwd: string): HookEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    return undefined;
  }
  const read = z.safeParse(EventSchema, value);
  if (!read.success) return undefined;
  const { hook_event_name: name, session_id, transcript_path: transcript, prompt, model, tool_name: tool, ...rest } = read.data;
  const toolPrompt = rest.tool_input?.prompt;
  const occasion = rest.tool_use_id ?? rest.agent_id ?? rest.timestamp;
  return {
    ...{ name, session: session_id ?? "", cwd: rest.cwd ?? cwd },
    ...(transcript !== undefined && { transcript }),
    ...(prompt !== undefined && { prompt }),
    ...(model !== undefined && { model }),
    ...(tool !== undefined && { tool }),
    ...(toolPrompt !== undefined && { toolPrompt }),
    ...(occasion !== undefined && { occasion }),
  };
}

/** The tools by which Copilot Chat starts an agent inside a turn. */
export function startsSubagent({ tool = "" }: HookEvent): boolean {
  return tool === "runSubagent" || tool.endsWith("_subagent");
}
