import { GIF } from "image-size/types/gif";
import { JPG } from "image-size/types/jpg";
import { PNG } from "image-size/types/png";
import { WEBP } from "image-size/types/webp";
import { byteLength, bytesIn } from "./base64.ts";

/** Pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** The formats that all of the providers take. */
const FORMATS = [PNG, JPG, GIF, WEBP];

/** Nearly every size stands in the first bytes; a JPEG's stands behind its metadata, which may be long. */
const HEAD = 64 * 1024;

/** The size of a PNG, JPEG, GIF or WebP picture; undefined where its bytes do not tell. */
export function imageSize(base64: string): ImageSize | undefined {
  const size = sizeIn(bytesIn(base64, HEAD));
  return size ?? (byteLength(base64) > HEAD ? sizeIn(bytesIn(base64)) : undefined);
}

function sizeIn(bytes: Uint8Array): ImageSize | undefined {
  try {
    const size = FORMATS.find((format) => format.validate(bytes))?.calculate(bytes);
    return size && size.width > 0 && size.height > 0 ? { width: size.width, height: size.height } : undefined;
  } catch {
    return undefined; // cut, or not what its first bytes say
  }
}
