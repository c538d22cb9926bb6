import assert from "node:assert/strict";
import { DEFAULT_POLICY } from "../../budget/policy/policy.ts";
import { placeOf, readDraft } from "./readPolicy.ts";

const marked = (text: string) =>
  readDraft(text).faults.map(({ text: said, offset, length, ours }) => [text.slice(offset, offset + length), said, ours]);

describe("a policy's draft", () => {
  it("is the default policy where it says nothing, and keeps the document as it was written", () => {
    const { policy, document } = readDraft('{ "softLimit": 0.5 }');
    assert.deepEqual([policy, document], [{ ...DEFAULT_POLICY, softLimit: 0.5 }, { softLimit: 0.5 }]);
  });

  it("is marked where it is wrong, in the order in which that stands, and says what the schema cannot find", () => {
    const text = '{ "timeZone": "Mars", "odd": 1, "confirm": { "cost": "much" }, "softLimit": 7 }';
    const found = marked(text);
    assert.deepEqual(
      found.map(([value, , ours]) => [value, ours]),
      [
        ['"Mars"', true],
        ["1", false],
        ['"much"', true],
        ["7", false],
      ],
    );
    assert.equal(found[0]![1], "not an IANA time zone");
  });

  it("is marked around what is missing", () => {
    const [fault] = marked('{ "allowances": [{ "id": "a", "name": "A" }] }');
    assert.equal(fault![0], '{ "id": "a", "name": "A" }');
  });

  it("is no policy where it is no JSON, has comments, or is empty", () => {
    for (const text of ["", "{", '{ "softLimit": }', "{} // all right?", "nonsense", "[1"]) {
      const { policy, faults } = readDraft(text);
      assert.equal(policy, undefined, text);
      assert.ok(faults.length > 0, text);
    }
  });
});

describe("a place in a policy", () => {
  it("is found by JSON pointer, or the innermost that is there", () => {
    const text = '{ "allowances": [{ "limitFor": { "a/b": "1" } }] }';
    const at = (pointer: string) => {
      const { offset, length } = placeOf(text, pointer);
      return text.slice(offset, offset + length);
    };
    assert.equal(at("/allowances/0/limitFor/a~1b"), '"1"');
    assert.equal(at("/allowances/0/limit"), '{ "limitFor": { "a/b": "1" } }');
    assert.equal(at(""), text);
    assert.deepEqual(placeOf("", "/x"), { offset: 0, length: 0 });
  });
});
