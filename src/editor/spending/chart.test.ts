import assert from "node:assert/strict";
import { ONE } from "../../budget/money.ts";
import { columnChart, pictureUri } from "./chart.ts";

const colors = { column: "#111111", last: "#222222", text: "#333333" };
const heights = (svg: string) => [...svg.matchAll(/<rect [^>]*? height="(\d+)"/g)].map((match) => Number(match[1]));

describe("a chart of columns", () => {
  it("has the largest as high as it goes, a little never as nothing, and the last one set apart", () => {
    const svg = columnChart(
      [4n * ONE, 2n * ONE, 1n, 0n, ONE].map((amount) => ({ amount, label: "M" })),
      colors,
    );
    assert.deepEqual(heights(svg), [44, 22, 2, 1, 11]);
    const fills = [...svg.matchAll(/<rect [^>]*?fill="([^"]+)"/g)].map((match) => match[1]);
    assert.deepEqual(fills, ["#111111", "#111111", "#111111", "#333333", "#222222"]);
  });

  it("is a picture that holds its letters as text", () => {
    const svg = columnChart([{ amount: 0n, label: "<b>&" }], colors);
    assert.ok(svg.includes(">&lt;b&gt;&amp;</text>"));
    const uri = pictureUri(svg);
    assert.match(uri, /^data:image\/svg\+xml;base64,[\w+/=]+$/);
    assert.equal(Buffer.from(uri.slice(uri.indexOf(",") + 1), "base64").toString(), svg);
  });
});
