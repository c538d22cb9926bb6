import { extname } from "node:path";
import { type ImageSize, imageSize } from "../../wire/media/imageSize.ts";
import type { Refusal } from "../promptFiles/place.ts";
import { LARGEST_FILE, readBytesInside } from "../promptFiles/readInside.ts";

/** Bytes of a picture, at most: what the strictest of the large providers takes. */
const LARGEST_PICTURE = 5 << 20;
/** A picture's size stands in its first bytes, behind a JPEG's metadata. */
const HEAD = 1 << 18;

/** The pictures that all of the providers take, by the ends of their names. */
const PICTURES = new Map([
  [".png", "image/png"],
  [".jpg", "image/jpeg"],
  [".jpeg", "image/jpeg"],
  [".gif", "image/gif"],
  [".webp", "image/webp"],
]);

/** A file of the workspace as it is sent along with a prompt. */
export type Attachment =
  | { kind: "text"; text: string }
  | { kind: "picture"; mime: string; bytes: Uint8Array; size: ImageSize | undefined };

/**
 * Reads a file that must lie inside one of `roots` (absolute, without symbolic links), or says why it is not read.
 * @param name how the model is told of it
 */
export async function readAttachment(path: string, name: string, roots: readonly string[]): Promise<Attachment | Refusal> {
  const mime = PICTURES.get(extname(path).toLowerCase());
  const read = await readBytesInside(path, roots, mime ? LARGEST_PICTURE : LARGEST_FILE);
  if (typeof read === "string") return read;
  const { bytes } = read;
  if (mime) return { kind: "picture", mime, bytes, size: imageSize(bytes.subarray(0, HEAD).toString("base64")) };
  return bytes.includes(0) ? "binary" : { kind: "text", text: attachedText(name, bytes.toString("utf8")) };
}

/** A file's text as the model gets it, so that it can tell it from the prompt. */
export function attachedText(name: string, text: string): string {
  return `<attachment path=${JSON.stringify(name)}>\n${text}\n</attachment>`;
}
