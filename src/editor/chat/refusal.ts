/**
 * An error whose words the native chat shows to the person. It prints an error's stack behind the message, and makes one up
 * for a `LanguageModelError`: a plain error without a stack is the only kind that reads as a sentence.
 */
export function chatRefusal(message: string): Error {
  const error = new Error(message);
  error.stack = "";
  return error;
}
