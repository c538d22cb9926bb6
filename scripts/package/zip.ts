import { inflateRawSync } from "node:zlib";

/**
 * The files of a zip archive by name, as its central directory lists them (PKWARE APPNOTE 4.3.12; stored and deflated
 * entries, which is all that a VSIX holds).
 * @throws Error when it is no such archive
 */
export function readZip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
  if (end < 0) throw new Error("not a zip archive");
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error("the zip archive's directory is damaged");
    const [name, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [number, number, number];
    const path = archive.toString("utf8", at + 46, at + 46 + name);
    if (!path.endsWith("/")) files.set(path, contentOf(archive, at, path));
    at += 46 + name + extra + comment;
  }
  return files;
}

function contentOf(archive: Buffer, entry: number, path: string): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const size = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const data = archive.subarray(start, start + size);
  if (method !== 0 && method !== 8) throw new Error(`${path}: packed in an unknown way (${method})`);
  return method === 0 ? data : inflateRawSync(data);
}
