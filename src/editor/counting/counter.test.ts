import assert from "node:assert/strict";
import { readTokenFile } from "../../../test/support/tokenFiles.ts";
import { type Counter as Counting, loadCounter } from "../../tokens/counter.ts";
import { type Calibration, observe, UNCALIBRATED } from "../../tokens/estimate/calibration.ts";
import { readChatRequest } from "../../wire/openai/chatRequest.ts";
import { createCounter } from "./counter.ts";

const EXACT = { provider: "openai", model: "gpt-5" };
const ESTIMATED = { provider: "anthropic", model: "claude-sonnet-4-5" };
const LATIN = "The ferry leaves at dawn, when the harbour is still asleep.";

const chat = (content: unknown, more = {}) => readChatRequest({ model: "m", messages: [{ role: "user", content }], ...more });

describe("the editor's counter", () => {
  let counting: Counting;
  let calibration: Calibration | undefined;
  const counter = createCounter({ count: async (_, text) => counting.count(text) }, () => calibration);
  before(async () => {
    counting = await loadCounter("o200k_base", readTokenFile);
  });

  it("counts exactly where it can, and has nothing to learn from that", async () => {
    assert.deepEqual(await counter.count(["hello world", "hello world"], EXACT), { low: 4, likely: 4, high: 4, exact: true });
    const { input, whole } = await counter.countInput(chat(LATIN), EXACT);
    assert.ok(input.likely > 12);
    assert.equal(whole, undefined);
  });

  it("estimates otherwise, and hands on what the estimate is made of: numbers alone", async () => {
    const { input, whole } = await counter.countInput(chat([LATIN, "渡轮在黎明时分离开"].join("\n")), ESTIMATED);
    assert.equal(input.exact, false);
    assert.ok(input.low < input.likely && input.likely < input.high);
    assert.ok(whole && whole.tokens > 10 && whole.frame > 0 && whole.shares.prose > 0.2 && whole.shares.cjk > 0.2);
    assert.ok(Object.values({ ...whole, ...whole.shares, shares: 0 }).every((value) => typeof value === "number"));
  });

  it("has nothing to learn from a request of which it does not know the whole", async () => {
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
    const tools = [{ type: "function", function: { name: "weather" } }];
    for (const request of [chat([{ type: "text", text: LATIN }, image]), chat(LATIN, { tools })])
      assert.equal((await counter.countInput(request, ESTIMATED)).whole, undefined);
  });

  it("follows what was learned, from the moment that it is known", async () => {
    const texts = [LATIN.repeat(50)];
    const before = await counter.count(texts, ESTIMATED);
    const { whole } = await counter.countInput(chat(texts[0]), ESTIMATED);
    calibration = Array.from({ length: 20 }).reduce(
      (known: Calibration) => observe(known, ESTIMATED.model, whole!, whole!.tokens * 2),
      UNCALIBRATED,
    );
    const after = await counter.count(texts, ESTIMATED);
    assert.ok(after.likely > 1.5 * before.likely, `${before.likely} then ${after.likely}`);
  });
});
