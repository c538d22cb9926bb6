import * as z from "zod/mini";

/** What of a hook's input is used. Everything else in it (tool inputs, answers) is dropped. */
const EventSchema = z.object({
  hook_event_name: z.string().check(z.maxLength(100)),
  session_id: z.optional(z.string().check(z.maxLength(200))),
  cwd: z.optional(z.string().check(z.maxLength(4_096))),
  prompt: z.optional(z.string()),
  model: z.optional(z.string().check(z.maxLength(200))),
});

/** An event of an agent, as VS Code tells its hooks; `session_id` and `transcript_path` name the chat's session. */
export interface HookEvent {
  name: string;
  session: string;
  /** The text that the person is about to send. */
  prompt?: string;
  /** As the assistant calls it. */
  model?: string;
  cwd?: string;
}

/** Reads what stood on a hook's standard input; undefined where that is no event. Never throws. */
export function hookEventIn(input: string): HookEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    return undefined;
  }
  const read = z.safeParse(EventSchema, value);
  if (!read.success) return undefined;
  const { hook_event_name: name, session_id: session = "", prompt, model, cwd } = read.data;
  return {
    name,
    session,
    ...(prompt !== undefined && { prompt }),
    ...(model !== undefined && { model }),
    ...(cwd !== undefined && { cwd }),
  };
}
