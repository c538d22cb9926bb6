import type { ApiName } from "../../../src/wire/request.ts";

/** A request of which its provider's own documentation says what it is billed. */
export interface DocumentedSample {
  api: ApiName;
  /** What it is made of. */
  content: "text" | "tools" | "picture";
  /** Where the figure stands. */
  source: string;
  body: object;
  /** Input tokens. */
  billed: number;
}

const COOKBOOK = "openai-cookbook, How to count tokens with tiktoken";
const REFERENCE = "developers.openai.com/api/reference";
const CLAUDE = "platform.claude.com/docs, build-with-claude";
const GEMINI = "ai.google.dev/api/tokens";

/** The newest model when token counting was first documented (November 2024). */
const CLAUDE_MODEL = "claude-3-5-sonnet-20241022";

const jargon = (model: string) => ({
  model,
  messages: [
    {
      role: "system",
      content: "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
    },
    { role: "system", name: "example_user", content: "New synergies will help drive top-line growth." },
    { role: "system", name: "example_assistant", content: "Things working well together will increase revenue." },
    {
      role: "system",
      name: "example_user",
      content: "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
    },
    { role: "system", name: "example_assistant", content: "Let's talk later when we're less busy about how to do better." },
    { role: "user", content: "This late pivot means we don't have time to boil the ocean for the client deliverable." },
  ],
});

const location = { type: "string", description: "The city and state, e.g. San Francisco, CA" };
const weather = { name: "get_current_weather", description: "Get the current weather in a given location" };

const asked = (model: string) => ({
  model,
  messages: [
    { role: "system", content: "You are a helpful assistant that can answer to questions about the weather." },
    { role: "user", content: "What's the weather like in San Francisco?" },
  ],
  tools: [
    {
      type: "function",
      function: {
        ...weather,
        parameters: {
          type: "object",
          properties: {
            location,
            unit: { type: "string", description: "The unit of temperature to return", enum: ["celsius", "fahrenheit"] },
          },
          required: ["location"],
        },
      },
    },
  ],
});

const turns = (...texts: string[]) => texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));
const contents = (...texts: string[]) => texts.map((text, i) => ({ role: i % 2 === 0 ? "user" : "model", parts: [{ text }] }));

const FOX = "The quick brown fox jumps over the lazy dog.";
const MITTENS = "I have 57 cats, each owns 44 mittens, how many mittens is that in total?";

const operation = (name: string, description: string) => ({
  name,
  description,
  parameters: { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] },
});

/**
 * Nothing here is measured by us or made up. Anthropic's figures have stood unchanged while the models named in its examples were renewed
 * again and again: they are taken for a model of the time when they were written.
 */
export const DOCUMENTED: readonly DocumentedSample[] = [
  { api: "openai-chat", content: "text", source: COOKBOOK, body: jargon("gpt-4o"), billed: 124 },
  { api: "openai-chat", content: "text", source: COOKBOOK, body: jargon("gpt-4-0613"), billed: 129 },
  {
    ...{ api: "openai-chat", content: "text", source: `${REFERENCE}, Create chat completion, Default`, billed: 19 },
    body: {
      model: "gpt-5",
      messages: [
        { role: "developer", content: "You are a helpful assistant." },
        { role: "user", content: "Hello!" },
      ],
    },
  },
  { api: "openai-chat", content: "tools", source: COOKBOOK, body: asked("gpt-4o"), billed: 101 },
  { api: "openai-chat", content: "tools", source: COOKBOOK, body: asked("gpt-4"), billed: 105 },
  {
    ...{ api: "openai-responses", content: "text", source: `${REFERENCE}, Create a model response, Text input`, billed: 36 },
    body: { model: "gpt-4.1", input: "Tell me a three sentence bedtime story about a unicorn." },
  },
  {
    ...{ api: "openai-responses", content: "text", source: `${REFERENCE}, Create a model response, Streaming`, billed: 37 },
    body: { model: "gpt-4.1", instructions: "You are a helpful assistant.", input: "Hello!", stream: true },
  },
  {
    ...{ api: "openai-responses", content: "tools", source: `${REFERENCE}, Create a model response, Functions`, billed: 291 },
    body: {
      model: "gpt-4.1",
      input: "What is the weather like in Boston today?",
      tools: [
        {
          type: "function",
          ...weather,
          parameters: {
            type: "object",
            properties: { location, unit: { type: "string", enum: ["celsius", "fahrenheit"] } },
            required: ["location", "unit"],
          },
        },
      ],
      tool_choice: "auto",
    },
  },
  {
    ...{ api: "anthropic-messages", content: "text", source: `${CLAUDE}/working-with-messages`, billed: 12 },
    body: { model: CLAUDE_MODEL, max_tokens: 1024, messages: turns("Hello, Claude") },
  },
  {
    ...{ api: "anthropic-messages", content: "text", source: `${CLAUDE}/working-with-messages`, billed: 30 },
    body: {
      model: CLAUDE_MODEL,
      max_tokens: 1024,
      messages: turns("Hello, Claude", "Hello!", "Can you describe LLMs to me?"),
    },
  },
  {
    ...{ api: "anthropic-messages", content: "text", source: `${CLAUDE}/working-with-messages`, billed: 42 },
    body: {
      model: CLAUDE_MODEL,
      max_tokens: 1,
      messages: turns("What is latin for Ant? (A) Apoidea, (B) Rhopalocera, (C) Formicidae", "The answer is ("),
    },
  },
  {
    ...{ api: "anthropic-messages", content: "text", source: `${CLAUDE}/token-counting`, billed: 14 },
    body: { model: CLAUDE_MODEL, system: "You are a scientist", messages: turns("Hello, Claude") },
  },
  {
    ...{ api: "anthropic-messages", content: "tools", source: `${CLAUDE}/token-counting`, billed: 403 },
    body: {
      model: CLAUDE_MODEL,
      tools: [
        {
          name: "get_weather",
          description: weather.description,
          input_schema: { type: "object", properties: { location }, required: ["location"] },
        },
      ],
      messages: turns("What's the weather like in San Francisco?"),
    },
  },
  {
    ...{ api: "gemini-generate-content", content: "text", source: GEMINI, billed: 10 },
    body: { model: "gemini-1.5-flash", contents: contents(FOX) },
  },
  {
    ...{ api: "gemini-generate-content", content: "text", source: GEMINI, billed: 10 },
    body: { model: "gemini-1.5-flash", contents: contents("Hi my name is Bob", "Hi Bob!") },
  },
  {
    ...{ api: "gemini-generate-content", content: "text", source: GEMINI, billed: 21 },
    body: {
      model: "gemini-1.5-flash",
      systemInstruction: { parts: [{ text: "You are a cat. Your name is Neko." }] },
      contents: contents(FOX),
    },
  },
  {
    ...{ api: "gemini-generate-content", content: "text", source: GEMINI, billed: 22 },
    body: { model: "gemini-1.5-flash", contents: contents(MITTENS) },
  },
  {
    ...{ api: "gemini-generate-content", content: "tools", source: GEMINI, billed: 206 },
    body: {
      model: "gemini-1.5-flash",
      contents: contents(MITTENS),
      tools: [
        {
          functionDeclarations: [
            operation("add", "returns a + b."),
            operation("subtract", "returns a - b."),
            operation("multiply", "returns a * b."),
            operation("divide", "returns a / b."),
          ],
        },
      ],
    },
  },
  {
    ...{ api: "gemini-generate-content", content: "picture", source: GEMINI, billed: 263 },
    body: {
      model: "gemini-1.5-flash",
      contents: [
        {
          role: "user",
          parts: [{ text: "Tell me about this image" }, { fileData: { mimeType: "image/jpeg", fileUri: "organ.jpg" } }],
        },
      ],
    },
  },
];
