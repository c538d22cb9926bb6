import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { CONTENT_CLASSES, type ContentClass, contentShares, type Shares, type Sliceable } from "./contentClass.ts";

const PROSE = "The ferry leaves at dawn, when the harbour is still asleep. Nobody waves; there is nobody to wave to.\n";
const CODE = 'if (this.#open.has(id)) return this.#guard.settle({ id, usage: usageOf({ output }), source: "provider" });\n';
const DATA = '{"id":"7f3a91c2e4b80d56","at":1764000000,"cost":0.001375,"tokens":[18042,913,77],"hash":"9b74c9897bac770f"}\n';
const CJK = "渡轮在黎明时分离开，那时港口还在沉睡。没有人挥手，也没有人可以挥手。\n";
const CYRILLIC = "Паром уходит на рассвете, когда гавань ещё спит. Никто не машет рукой, махать некому.\n";

function dominant(shares: Shares): ContentClass {
  return CONTENT_CLASSES.toSorted((a, b) => shares[b] - shares[a])[0]!;
}

describe("what a text is made of", () => {
  it("tells prose, code, data and scripts apart", () => {
    const texts: [string, ContentClass][] = [
      [PROSE, "prose"],
      [CODE, "code"],
      [DATA, "data"],
      [CJK, "cjk"],
      ["フェリーは夜明けに出る。ソウルは朝です。서울은 아침입니다.", "cjk"],
      [CYRILLIC, "other"],
      ["यह एक वाक्य है। هذه جملة. זה משפט.", "other"],
      ["Ce bateau part dès l'aube ; Größe und Übermut, żółw.", "prose"],
    ];
    for (const [text, expected] of texts) assert.equal(dominant(contentShares([text])), expected, text);
  });

  it("is a mixture for a mixed text, in proportion", () => {
    const shares = contentShares([PROSE.repeat(10), CODE.repeat(10), CYRILLIC.repeat(10)]);
    for (const name of ["prose", "code", "other"] as const) assert.ok(shares[name] > 0.2, `${name} ${shares[name]}`);
    assert.ok(shares.cjk === 0);
  });

  it("is a share of each class, together one, for any text", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constantFrom("", "\ud800", "é", "\n\n", "123", "👍"));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
        const shares = contentShares(texts);
        const values = CONTENT_CLASSES.map((name) => shares[name]);
        assert.ok(values.every((share) => share >= 0 && share <= 1));
        assert.ok(Math.abs(values.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
        assert.deepEqual(contentShares(texts), shares);
      }),
    );
  });

  it("looks at 16 KB at most, spread over the whole, and finds about what is there", () => {
    const block = PROSE.repeat(40) + CODE.repeat(25) + CJK.repeat(20);
    const text = block.repeat(200);
    let looked = 0;
    const spans: number[] = [];
    const watched: Sliceable = {
      length: text.length,
      slice(start, end) {
        looked += end - start;
        spans.push(start);
        return text.slice(start, end);
      },
    };
    const [sampled, whole] = [contentShares([watched]), contentShares([block])];
    assert.ok(looked <= 1 << 14, String(looked));
    assert.ok(spans[0] === 0 && spans.at(-1)! > text.length * 0.99);
    for (const name of CONTENT_CLASSES) assert.ok(Math.abs(sampled[name] - whole[name]) < 0.15, `${name} ${sampled[name]}`);
  });

  it("reads many small texts as it reads one large one", () => {
    const lines = readFileSync(new URL("contentClass.ts", import.meta.url), "utf8").match(/.*\n/g)!;
    const [apart, together] = [contentShares(lines), contentShares([lines.join("")])];
    for (const name of CONTENT_CLASSES) assert.ok(Math.abs(apart[name] - together[name]) < 0.02, name);
    const many = Array.from({ length: 100 }, () => lines).flat();
    const sampled = contentShares(many);
    for (const name of CONTENT_CLASSES) assert.ok(Math.abs(sampled[name] - together[name]) < 0.1, `${name} ${sampled[name]}`);
  });
});
