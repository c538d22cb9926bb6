import { apiOf } from "../../../wire/detect.ts";
import type { ApiName } from "../../../wire/request.ts";
import { sourcesOf } from "../count/files.ts";
import { readText, UnreadableError } from "../readText.ts";
import type { Terminal } from "../terminal.ts";

/** How a prompt is read: as a body of an API's, or as text. */
export type Form = ApiName | "text";

/** What is priced: a text, or a request's parsed JSON body. */
export type Prompt = { text: string } | { body: object; api: ApiName };

/**
 * One prompt of all files, folders and globs: a single file may be a request's body, by `form` or by what it looks like; several are texts.
 * Undefined, with the reasons told, where one that was named cannot be read.
 */
export async function readPrompt(
  args: readonly string[],
  form: Form | undefined,
  terminal: Terminal,
): Promise<Prompt | undefined> {
  const { sources, faults } = await sourcesOf(args);
  const texts: string[] = [];
  for (const { file, named } of sources) {
    try {
      texts.push(await readText(file));
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      if (named || error.isText) faults.push(`${file}: ${error.message}`);
    }
  }
  const isBody = form !== undefined && form !== "text";
  if (isBody && texts.length > 1) faults.push(`a body of ${form} is one file, not ${texts.length}`);
  const parsed = texts.length === 1 && form !== "text" ? objectIn(texts[0]!) : undefined;
  if (isBody && !parsed && faults.length === 0) faults.push(`${args[0]}: is no JSON object`);
  for (const fault of faults) terminal.err(fault);
  if (faults.length > 0) return undefined;
  const api = parsed && (isBody ? form : apiOf(parsed));
  return api ? { body: parsed, api } : { text: texts.join("\n") };
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
