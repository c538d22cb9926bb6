import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { imageSize } from "./imageSize.ts";

const base64 = (...pieces: (string | readonly number[])[]) =>
  Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : Buffer.from(piece)))).toString(
    "base64",
  );
const big16 = (value: number) => [value >> 8, value & 255];
const little16 = (value: number) => [value & 255, value >> 8];

/** Heads of pictures, written by their formats' specifications. */
const SOI = [0xff, 0xd8];
const frame = (width: number, height: number) => [
  0xff,
  0xc0,
  ...big16(17),
  8,
  ...big16(height),
  ...big16(width),
  3,
  ...new Array(9).fill(1),
];
const metadata = (length: number) => [0xff, 0xe1, ...big16(length + 2), ...new Array(length).fill(0x20)];
const riff = (chunk: string, body: number[]) => ["RIFF", [0, 1, 0, 0], `WEBP${chunk}`, [body.length, 0, 0, 0], body] as const;

describe("the size of a picture", () => {
  it("is read from real PNGs, of which the first bytes are enough", () => {
    const png = readFileSync(new URL("../../../media/icon.png", import.meta.url));
    const size = { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
    assert.deepEqual(imageSize(png.toString("base64")), size);
    assert.deepEqual(imageSize(png.subarray(0, 64).toString("base64").replace(/=+$/, "")), size);
  });

  it("is read from GIF, JPEG and all three kinds of WebP", () => {
    assert.deepEqual(imageSize(base64("GIF89a", little16(640), little16(480), [0, 0, 0])), { width: 640, height: 480 });
    assert.deepEqual(imageSize(base64(SOI, metadata(14), frame(1920, 1080), [0xff, 0xd9])), { width: 1920, height: 1080 });
    const lossy = [0x30, 1, 0, 0x9d, 0x01, 0x2a, ...little16(800), ...little16(600)];
    assert.deepEqual(imageSize(base64(...riff("VP8 ", lossy))), { width: 800, height: 600 });
    const packed = (800 - 1) | ((600 - 1) << 14);
    const lossless = [0x2f, ...[0, 8, 16, 24].map((shift) => (packed >>> shift) & 255), 0, 0, 0, 0, 0];
    assert.deepEqual(imageSize(base64(...riff("VP8L", lossless))), { width: 800, height: 600 });
    const extended = [0, 0, 0, 0, ...little16(800 - 1), 0, ...little16(600 - 1), 0];
    assert.deepEqual(imageSize(base64(...riff("VP8X", extended))), { width: 800, height: 600 });
  });

  it("is found behind metadata that is longer than the first bytes looked at", () => {
    const segments = new Array(4).fill(metadata(40_000));
    assert.deepEqual(imageSize(base64(SOI, ...segments, frame(4032, 3024), [0xff, 0xd9])), { width: 4032, height: 3024 });
  });

  it("is unknown, without an error, where the bytes are cut, empty, or no picture", () => {
    const cut = base64(SOI, metadata(14), [0xff]);
    for (const bytes of [
      "",
      "!!!",
      "AAAA",
      cut,
      base64("GIF89a"),
      base64("\x89PNG\r\n\x1a\n"),
      base64("%PDF-1.7"),
      base64("GIF89a", [0, 0, 0, 0, 0]),
    ])
      assert.equal(imageSize(bytes), undefined, bytes);
  });
});
