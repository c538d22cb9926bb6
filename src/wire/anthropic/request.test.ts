import assert from "node:assert/strict";
import type Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import type { RequestPart } from "../request.ts";
import { assumed, exactly } from "../tokenRange.ts";
import { readAnthropicRequest } from "./request.ts";

type Params = Anthropic.MessageCreateParams;
type Beta = Anthropic.Beta.Messages.MessageCreateParams;

const read = (more: Partial<Params> | Partial<Beta>) =>
  readAnthropicRequest({ model: "claude-opus-4-8", max_tokens: 1024, messages: [], ...more });
const user = (...content: Anthropic.ContentBlockParam[]): Anthropic.MessageParam => ({ role: "user", content });
const shown = (parts: RequestPart[]) => parts.map(({ kind, role, texts }) => [kind, role, ...texts]);
const cached = { cache_control: { type: "ephemeral" } } as const;
const hour = { cache_control: { type: "ephemeral", ttl: "1h" } } as const;
const tool: Anthropic.Tool = { name: "read", description: "Reads.", input_schema: { type: "object" } };

describe("anthropic: what of a request is to be counted", () => {
  it("is tools, system and messages in the order in which the model reads them", () => {
    const { parts } = read({
      system: "be brief",
      messages: [
        { role: "user", content: "look" },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "read", input: { path: "a" } }] },
        user({ type: "tool_result", tool_use_id: "toolu_1", content: "text of a" }, { type: "text", text: "and?" }),
        { role: "system", content: "now in French" },
      ],
      tools: [tool],
    });
    assert.deepEqual(shown(parts), [
      ["tools", undefined],
      ["tools", undefined, JSON.stringify(tool)],
      ["system", undefined, "be brief"],
      ["message", "user", "look"],
      ["toolCall", "assistant", "read", '{"path":"a"}'],
      ["toolResult", "user", "text of a"],
      ["message", "user", "and?"],
      ["system", undefined, "now in French"],
      ["frame", undefined],
    ]);
  });

  it("has the system prompt that comes with tools, as the pricing page lists it by model and choice", () => {
    const prompt = (model: string, type: "auto" | "any" = "auto") =>
      read({ model, tools: [tool], tool_choice: { type } }).parts[0]!.tokens;
    assert.deepEqual(prompt("claude-opus-4-8"), exactly(290));
    assert.deepEqual(prompt("claude-opus-4-8", "any"), exactly(410));
    assert.deepEqual(prompt("claude-opus-4-7"), exactly(675));
    assert.deepEqual(prompt("claude-opus-5"), exactly(286));
    assert.deepEqual(prompt("claude-sonnet-4-6"), exactly(497));
    assert.deepEqual(prompt("claude-haiku-4-5-20251001"), exactly(496));
    assert.deepEqual(prompt("claude-opus-4-20250514", "any"), exactly(315));
    assert.deepEqual(prompt("claude-opus-5-5"), assumed(264, 350, 804));
    assert.ok(!read({}).parts.some(({ kind }) => kind === "tools"));
  });

  it("knows what the API's own tools cost, where that is published", () => {
    const { parts, notInBody } = read({
      tools: [
        { type: "bash_20250124", name: "bash" },
        { type: "text_editor_20250728", name: "str_replace_based_edit_tool" },
        { type: "web_search_20260318", name: "web_search" },
      ],
    });
    assert.deepEqual(
      parts.slice(1, 4).map(({ tokens }) => tokens),
      [exactly(245), exactly(700), assumed(0, 500, 3_000)],
    );
    assert.deepEqual(notInBody, ["serverTool"]);
  });

  it("has pictures, documents and what stands in results by what they cost", () => {
    // The picture and the request of platform.claude.com, build-with-claude/vision, "Base64-encoded image example".
    const data = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
    const pixel = { type: "image", source: { type: "base64", media_type: "image/png", data } } as const;
    const { parts } = read({
      messages: [
        user(pixel, { type: "text", text: "Describe this image." }),
        user(
          { type: "image", source: { type: "url", url: "https://example.com/a.jpg" } },
          { type: "document", source: { type: "text", media_type: "text/plain", data: "the text" }, title: "A title" },
          { type: "document", source: { type: "file", file_id: "file_1" } },
          { type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "seen" }, pixel] },
        ),
      ],
    });
    assert.deepEqual(
      parts.map(({ kind, texts }) => [kind, ...texts]),
      [
        ["image"],
        ["message", "Describe this image."],
        ["image"],
        ["file", "A title"],
        ["file", "the text"],
        ["file"],
        ["toolResult", "seen"],
        ["image"],
        ["frame"],
      ],
    );
    assert.deepEqual(parts[7]!.tokens, exactly(1));
    assert.deepEqual(parts[0]!.tokens, assumed(1, 3, 7), "with the frame of its message");
    assert.equal(parts[2]!.tokens.high, 4784 + 6);
    assert.ok(parts[5]!.tokens.high > 100_000);
  });

  it("has thoughts as text, and bounds for what is sealed", () => {
    const { parts } = read({
      messages: [
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "c2ln" },
            { type: "redacted_thinking", data: "A".repeat(400) },
            { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "x" } },
            {
              type: "web_search_tool_result",
              tool_use_id: "srvtoolu_1",
              content: [
                {
                  type: "web_search_result",
                  title: "T",
                  url: "https://example.com",
                  encrypted_content: "A".repeat(4_000),
                  page_age: null,
                },
              ],
            },
          ],
        },
      ],
    });
    assert.deepEqual(shown(parts).slice(0, 4), [
      ["reasoning", "assistant", "hm"],
      ["reasoning", "assistant"],
      ["toolCall", "assistant", "web_search", '{"query":"x"}'],
      ["toolResult", "user", "T", "https://example.com"],
    ]);
    assert.deepEqual(parts[1]!.tokens, assumed(0, 75, 150));
    assert.deepEqual(parts[3]!.tokens, assumed(0, 750, 1500));
  });
});

describe("anthropic: the cached prefix", () => {
  const writes = (more: Partial<Params>) =>
    read(more).parts.map(({ cacheWrite }) => cacheWrite?.slice("cacheWrite".length) ?? "-");

  it("ends with the block that has the breakpoint: tools before it are in it, what follows is not", () => {
    const system: Anthropic.TextBlockParam[] = [
      { type: "text", text: "a", ...cached },
      { type: "text", text: "b" },
    ];
    assert.deepEqual(writes({ tools: [tool], system, messages: [{ role: "user", content: "hi" }] }), [
      "5m",
      "5m",
      "5m",
      "-",
      "-",
      "-",
    ]);
    assert.deepEqual(writes({ tools: [{ ...tool, ...cached }, tool], system: "s" }), ["5m", "5m", "-", "-", "-"]);
  });

  it("is of an hour up to the last breakpoint of an hour, and of five minutes from there", () => {
    const system: Anthropic.TextBlockParam[] = [{ type: "text", text: "a", ...hour }];
    const messages = [
      user({ type: "text", text: "b" }, { type: "text", text: "c", ...cached }),
      user({ type: "text", text: "d" }),
    ];
    assert.deepEqual(writes({ system, messages }), ["1h", "5m", "5m", "-", "-"]);
  });

  it("holds everything where the whole request asks for it", () => {
    assert.deepEqual(writes({ system: "s", messages: [{ role: "user", content: "hi" }], ...cached }), ["5m", "5m", "-"]);
    assert.deepEqual(writes({ system: "s", messages: [{ role: "user", content: "hi" }], ...hour }), ["1h", "1h", "-"]);
  });

  it("ends behind all that a result holds, and inside a result too", () => {
    const result = { type: "tool_result", tool_use_id: "t" } as const;
    const text = { type: "text", text: "x" } as const;
    const two = user({
      ...result,
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
      ...cached,
    });
    assert.deepEqual(shown(read({ messages: [two] }).parts).slice(0, 2), [
      ["toolResult", "user", "a"],
      ["toolResult", "user", "b"],
    ]);
    assert.deepEqual(writes({ messages: [user({ ...result, content: [text, text], ...cached }, text)] }), ["5m", "5m", "-", "-"]);
    assert.deepEqual(writes({ messages: [user({ ...result, content: [{ ...text, ...cached }, text] })] }), ["5m", "-", "-"]);
  });

  it("is always a beginning: no part is in it behind one that is not", () => {
    const mark = fc.constantFrom({}, cached, hour);
    const block = fc
      .record({ text: fc.string(), marked: mark })
      .map(({ text, marked }) => ({ type: "text" as const, text, ...marked }));
    const body = fc.record({
      system: fc.array(block, { maxLength: 3 }),
      messages: fc.array(fc.record({ role: fc.constantFrom("user", "assistant"), content: fc.array(block, { maxLength: 3 }) }), {
        maxLength: 4,
      }),
    });
    fc.assert(
      fc.property(body, (given) => {
        const order = { "1h": 0, "5m": 1, "-": 2 };
        const ranks = writes(given as Partial<Params>).map((write) => order[write as keyof typeof order]);
        assert.deepEqual(ranks, ranks.toSorted());
      }),
    );
  });
});

describe("anthropic: what a request asks for", () => {
  it("has the model, the end, the tier and the speed", () => {
    const { parts, ...asked } = read({ service_tier: "standard_only", speed: "fast", stream: true });
    assert.deepEqual(asked, {
      api: "anthropic-messages",
      model: "claude-opus-4-8",
      stream: true,
      maxOutput: 1024,
      answers: 1,
      serviceTier: "standard_only",
      speed: "fast",
      notInBody: [],
    });
  });

  it("says which part of the input is not in the body", () => {
    const beta = (more: Partial<Beta>) => read(more).notInBody;
    assert.deepEqual(beta({ thread: { type: "continue", previous_message_id: "msg_1" } }), ["previousResponse"]);
    assert.deepEqual(beta({ thread: { type: "create" } }), []);
    assert.deepEqual(beta({ mcp_servers: [{ type: "url", name: "s", url: "https://example.com" }] }), ["serverTool"]);
    const deferred = read({ tools: [{ ...tool, defer_loading: true }] });
    assert.deepEqual(deferred.notInBody, ["deferredTool"]);
    assert.ok(deferred.parts.every(({ texts }) => texts.length === 0));
    assert.deepEqual(beta({ tools: [tool, { type: "memory_20250818", name: "memory" }] }), []);
  });

  it("refuses what is no such body, says where, and repeats no word of it", () => {
    const bodies = [
      null,
      "secret",
      [],
      {},
      { model: "m", messages: "secret" },
      { model: "m", messages: [{ role: "user" }] },
      { messages: [] },
    ];
    for (const body of bodies)
      assert.throws(
        () => readAnthropicRequest(body),
        (error: Error) => error instanceof TypeError && !error.message.includes("secret"),
      );
  });

  it("is not upset by blocks that it does not know", () => {
    const { parts } = readAnthropicRequest({
      model: "m",
      messages: [{ role: "user", content: [{ type: "hologram", depth: 3 }] }],
    });
    assert.deepEqual(shown(parts)[0], ["other", "user", '{"type":"hologram","depth":3}']);
  });
});
