import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { unicodeSource, unicodeTable } from "../../scripts/unicode.ts";
import { classOf, LETTER, LOWER, NUMBER, SPACE, UPPER } from "./classes.ts";
import { UNICODE_VERSION } from "./unicode.ts";

describe("the classes of characters", () => {
  it("are those of the Unicode version that the referee has, as the script writes them", function () {
    this.timeout(20_000);
    assert.equal(UNICODE_VERSION, "16.0.0");
    assert.equal(readFileSync(unicodeTable, "utf8"), unicodeSource());
  });

  it("tell apart what the patterns do", () => {
    assert.equal(classOf(0x41), LETTER | UPPER);
    assert.equal(classOf(0x6f22), LETTER | UPPER | LOWER);
    assert.equal(classOf(0x301), UPPER | LOWER);
    assert.equal(classOf(0x663), NUMBER);
    assert.equal(classOf(0x85), SPACE);
    assert.equal(classOf(0xfeff), 0);
    assert.equal(classOf(0x88f), 0, "assigned in Unicode 17 only");
    assert.equal(classOf(0x10ffff), 0);
  });
});
