import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { searchLocalModels } from "./localSearch.ts";

describe("models on this machine", () => {
  const open: Server[] = [];
  const asked: string[] = [];
  afterEach(() => {
    for (const server of open.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
    asked.length = 0;
  });

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    open.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const json = (body: unknown) => serve((_, response) => response.end(JSON.stringify(body)));
  /** An address where nothing listens. */
  const nowhere = async () => {
    const url = await json({});
    const server = open.pop()!;
    server.close();
    await once(server, "close");
    return url;
  };

  it("are Ollama's own, but not those that it passes on to its cloud, nor what is no chat model", async () => {
    const ollama = await json({
      models: [
        { name: "llama3.2:3b" },
        { name: "gpt-oss:120b-cloud", remote_host: "https://ollama.com:443", remote_model: "gpt-oss:120b" },
        { name: "qwen3-coder:480b-cloud" },
        { name: "nomic-embed-text:latest" },
        { name: 7 },
        null,
      ],
    });
    const { models, servers, isOver } = await searchLocalModels([], ollama);
    assert.deepEqual(models, [{ provider: "ollama", model: "llama3.2:3b" }]);
    assert.deepEqual([isOver, servers, asked], [true, [new URL(ollama).host], ["GET /api/tags"]]);
  });

  it("are those of OpenAI-compatible servers that the person named, each once", async () => {
    const server = await json({ data: [{ id: "qwen2.5-7b" }, { id: "qwen2.5-7b" }, { id: "x".repeat(300) }] });
    const { models } = await searchLocalModels([`${server}/v1/`], await nowhere());
    assert.deepEqual(models, [{ provider: new URL(server).host, model: "qwen2.5-7b" }]);
    assert.deepEqual(asked, ["GET /v1/models"]);
  });

  it("are looked for on this machine alone", async () => {
    const urls = [
      "https://127.0.0.1:1/v1",
      "http://192.168.0.1/v1",
      "http://localhost.example.com/v1",
      "file:///etc/passwd",
      "no address",
    ];
    const { servers, models } = await searchLocalModels(urls, await nowhere());
    assert.equal(servers.length, 1);
    assert.deepEqual(models, []);
  });

  it("are none where a server redirects, fails, says nonsense or says too much", async () => {
    const elsewhere = await json({ data: [{ id: "trap" }] });
    asked.length = 0;
    const servers = await Promise.all([
      serve((_, response) => response.writeHead(302, { location: `${elsewhere}/v1/models` }).end()),
      serve((_, response) => response.writeHead(500).end('{"data":[{"id":"trap"}]}')),
      serve((_, response) => response.end("<html>")),
      serve((_, response) => response.end("null")),
      serve((_, response) => response.end(`{"data":[{"id":"trap"}],"more":"${"x".repeat(2 << 20)}"}`)),
    ]);
    const { models } = await searchLocalModels(servers, await nowhere());
    assert.deepEqual(models, []);
    assert.ok(!asked.includes("GET /v1/models"), "the redirect is not followed");
  });

  it("are not waited for long", async () => {
    const silent = await serve(() => {});
    const start = performance.now();
    assert.deepEqual((await searchLocalModels([silent], silent)).models, []);
    assert.ok(performance.now() - start < 10_000);
  });
});
