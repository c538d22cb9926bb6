import assert from "node:assert/strict";
import { assumed, exactly } from "../tokenRange.ts";
import { byteLength, bytesIn, inlineOf, textIn } from "./base64.ts";
import { geminiMedia } from "./gemini.ts";
import { mediumPart, sealedTokens } from "./parts.ts";
import { pdfPages } from "./pdfPages.ts";
import { soundLength } from "./soundLength.ts";

const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const rules = geminiMedia("gemini-3-pro");

/** A WAV of silence: 16 bits, mono, 8,000 samples a second. */
function wav(seconds: number, saidBytes = seconds * 16_000): string {
  const head = Buffer.alloc(44);
  head.write("RIFF\0\0\0\0WAVEfmt ", 0, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(16_000, 28);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(saidBytes, 40);
  return Buffer.concat([head, Buffer.alloc(seconds * 16_000)]).toString("base64");
}

/** PDFs by ISO 32000: pages as plain objects; and with everything but the head compressed away. */
const page = (number: number) => `${number} 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n`;
const plainPdf = base64(`%PDF-1.4\n2 0 obj\n<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>\nendobj\n${page(3)}${page(4)}%%EOF`);
const linearizedPdf = base64(
  "%PDF-1.7\n1 0 obj\n<</Linearized 1/L 18000/O 14/E 9000/N 12/T 17000/H [ 500 200]>>\nendobj\nx\x9c...",
);
const sealedPdf = base64("%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /Filter /FlateDecode >>\nstream\nx\x9c...");

describe("media of a request", () => {
  it("takes data URLs apart, and no other address", () => {
    assert.deepEqual(inlineOf("data:image/PNG;base64,AAAA"), { mime: "image/png", base64: "AAAA" });
    assert.deepEqual(inlineOf("data:text/plain;charset=utf-8;base64,AAAA"), { mime: "text/plain", base64: "AAAA" });
    for (const url of ["https://example.com/a.png", "data:text/plain,hello", "data:", "data", ""])
      assert.equal(inlineOf(url), undefined, url);
  });

  it("decodes as far as it can: cut, URL-safe, or not base64 at all", () => {
    assert.deepEqual([...bytesIn("-_-_", 3)], [0xfb, 0xff, 0xbf]);
    assert.deepEqual([...bytesIn("AAECA", 100)], [0, 1, 2]);
    assert.equal(bytesIn("%%%%", 3).length, 0);
    assert.deepEqual([byteLength("AAA="), byteLength("AA=="), byteLength("AAAA"), byteLength("")], [2, 1, 3, 0]);
    assert.equal(textIn(Buffer.from("grüße").toString("base64")), "grüße");
  });

  it("counts a PDF's pages where its plain bytes tell", () => {
    assert.equal(pdfPages(plainPdf), 2);
    assert.equal(pdfPages(linearizedPdf), 12);
    assert.equal(pdfPages(sealedPdf), undefined);
    assert.equal(pdfPages(""), undefined);
  });

  it("charges a PDF by its pages, and bounds one whose pages are not known", () => {
    const tokens = (pdf: string | undefined) => mediumPart({ mime: "application/pdf", base64: pdf }, rules).tokens;
    assert.deepEqual(tokens(plainPdf), exactly(2 * 560));
    assert.deepEqual(tokens(sealedPdf), assumed(560, 5_600, 560_000));
    assert.deepEqual(tokens(undefined), assumed(560, 5_600, 560_000));
  });

  it("hears how long a WAV lasts, even one whose end was not known when its head was written", () => {
    assert.deepEqual(soundLength(wav(3)), { low: 3, likely: 3, high: 3 });
    assert.equal(soundLength(wav(3, 0xffffffff)).likely, 3);
    assert.deepEqual(mediumPart({ mime: "audio/wav", base64: wav(3) }, rules).tokens, exactly(75));
  });

  it("bounds other sounds by their bytes, and those it does not have by an hour", () => {
    const minute = "A".repeat(((64_000 * 60) / 8 / 3) * 4);
    assert.deepEqual(soundLength(minute), { low: 12, likely: 60, high: 240 });
    assert.deepEqual(mediumPart({ mime: "audio/mp3" }, rules).tokens, assumed(25, 1_500, 90_000));
  });

  it("counts a text file as its text", () => {
    const { kind, texts } = mediumPart({ mime: "text/markdown", base64: base64("# Title") }, rules);
    assert.deepEqual([kind, texts], ["file", ["# Title"]]);
  });

  it("says of what is sealed, or of unknown type, no more than an order of size", () => {
    for (const { low, likely, high, documented } of [
      sealedTokens("A".repeat(4_000)),
      mediumPart({ mime: "application/vnd.ms-excel", base64: "A".repeat(4_000) }, rules).tokens,
      mediumPart({}, rules).tokens,
    ])
      assert.ok(low === 0 && likely > 0 && high > likely && !documented);
  });
});
