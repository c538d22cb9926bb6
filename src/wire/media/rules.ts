import type { TokenRange } from "../tokenRange.ts";
import type { ImageSize } from "./imageSize.ts";

/** What pictures, pages and sounds cost at one model (tokens). `detail` is the API's own word for how closely the model looks. */
export interface MediaRules {
  /** One picture; `size` is undefined where only the server knows it. */
  image(size: ImageSize | undefined, detail?: string): TokenRange;
  /** One page of a PDF. */
  pdfPage(detail?: string): TokenRange;
  /** Most pages of PDF that a request may have. */
  pdfPagesMax: number;
  /** One second of sound. */
  audioSecond: TokenRange;
  /** One second of a film with its sound. */
  videoSecond(detail?: string): TokenRange;
}
