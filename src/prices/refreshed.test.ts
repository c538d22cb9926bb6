import assert from "node:assert/strict";
import fc from "fast-check";
import { bundledCatalogue, type CatalogueProvider } from "./catalogue.ts";
import { findPrice } from "./find.ts";
import type { PriceList } from "./rates.ts";
import { checkPlausible, readCatalogue } from "./refreshed.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");

describe("a refreshed catalogue", () => {
  let bundled: PriceList;
  /** As its maintainers publish it: an array of providers in JSON, in which conditions have no `type`. */
  let published: CatalogueProvider[];
  before(async () => {
    const catalogue = await bundledCatalogue();
    bundled = catalogue.at(NOW);
    published = JSON.parse(JSON.stringify(catalogue.providers, (key, value) => (key === "type" ? undefined : value)));
  });
  const read = (data: unknown) => readCatalogue(data, "2026-11-24").at(NOW);
  const withModel = (model: object) => [...published, { id: "openai", models: [{ id: "gpt-99", ...model }] }];
  const priceOf = (model: object) => findPrice(read(withModel(model)), { provider: "openai", model: "gpt-99" })?.rates.input;

  it("makes the same prices of the same data, and says of which day they are", () => {
    const list = read(published);
    assert.deepEqual(list.models, bundled.models);
    assert.deepEqual([list.catalogue, list.asOf, list.priceRef.slice(0, 10)], ["refreshed", "2026-11-24", "2026-11-24"]);
    assert.notEqual(list.priceRef, bundled.priceRef);
  });

  it("survives being stored", () => {
    const stored = JSON.parse(JSON.stringify(readCatalogue(published, "2026-11-24").providers));
    assert.equal(read(stored).priceRef, read(published).priceRef);
  });

  it("has new models and changed prices", () => {
    assert.equal(priceOf({ prices: { input_mtok: 1.5, output_mtok: 2 } }), "1500000");
    assert.equal(
      priceOf({
        prices: [
          { prices: { input_mtok: 9, output_mtok: 9 } },
          { constraint: { start_date: "2026-11-24" }, prices: { input_mtok: 3, output_mtok: 9 } },
        ],
      }),
      "3000000",
    );
  });

  for (const [what, prices] of [
    ["negative", { input_mtok: -1, output_mtok: 2 }],
    ["0", { input_mtok: 0, output_mtok: 2 }],
    ["a text", { input_mtok: "1", output_mtok: 2 }],
    ["finer than a pico-dollar", { input_mtok: 0.0000001, output_mtok: 2 }],
    ["absurdly high", { input_mtok: 1e9, output_mtok: 2 }],
    ["of a condition that is not known", [{ constraint: { type: "full_moon" }, prices: { input_mtok: 1, output_mtok: 2 } }]],
    [
      "of an hour that is none",
      [
        { prices: { input_mtok: 1, output_mtok: 2 } },
        {
          constraint: { start_time: "25:00:00Z", end_time: "26:00:00Z" },
          prices: { input_mtok: 2, output_mtok: 2 },
        },
      ],
    ],
    [
      "of a day and an hour at once",
      [
        { prices: { input_mtok: 1, output_mtok: 2 } },
        {
          constraint: { start_date: "2026-01-01", start_time: "01:00:00Z", end_time: "02:00:00Z" },
          prices: { input_mtok: 2, output_mtok: 2 },
        },
      ],
    ],
    ["of nothing", []],
    ["null", null],
  ] as const)
    it(`leaves out a model whose price is ${what}: unknown, never 0, and no trouble for the others`, () => {
      assert.equal(priceOf({ prices }), undefined);
      assert.deepEqual(read(withModel({ prices })).models, bundled.models);
    });

  it("leaves out a model whose name would be more than a name", () => {
    const prices = { input_mtok: 1, output_mtok: 1 };
    for (const name of ["$(flame) GPT-99", "GPT\n99", "", "x".repeat(121)])
      assert.equal(priceOf({ prices, name }), undefined, name);
  });

  it("is nobody else's JSON", () => {
    for (const data of [null, "prices", { providers: [] }, [1], [{ id: "openai" }]])
      assert.throws(() => read(data), /no catalogue of prices/);
  });

  it("never makes a price that is not a positive whole number, whatever is published", () => {
    const odd = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.constant(null), fc.jsonValue());
    const prices = fc.record({ input_mtok: odd, output_mtok: odd, cache_read_mtok: odd, web_searches_kcount: odd });
    fc.assert(
      fc.property(prices, (some) => {
        const found = read([{ id: "openai", models: [{ id: "gpt-99", prices: some }] }]).models;
        for (const { rates, calls = {} } of found) {
          assert.match(rates.input, /^[1-9]\d*$/);
          assert.match(rates.output, /^[1-9]\d*$/);
          for (const pico of [...Object.values(rates), ...Object.values(calls)]) assert.match(pico, /^\d+$/);
        }
      }),
    );
  });

  describe("is plausible", () => {
    const scaled = (factor: number): CatalogueProvider[] =>
      published.map(({ id, models }) => ({
        id,
        models: models.map((model) => ({
          ...model,
          prices: JSON.parse(JSON.stringify(model.prices), (key, value) =>
            typeof value === "number" && key !== "start" ? Number((value * factor).toFixed(6)) : value,
          ),
        })),
      }));

    it("beside the bundled one when it is like it, also at half of every price", () => {
      checkPlausible(read(published), bundled);
      checkPlausible(read(scaled(0.5)), bundled);
    });

    it("not with most models gone, and not where a unit was mistaken", () => {
      assert.throws(() => checkPlausible(read(published.slice(0, 1)), bundled), /only \d+ of \d+ known models/);
      assert.throws(() => checkPlausible(read(scaled(1_000)), bundled), /differ tenfold/);
      assert.throws(() => checkPlausible(read(scaled(0.001)), bundled), /differ tenfold|known models/);
    });
  });
});
