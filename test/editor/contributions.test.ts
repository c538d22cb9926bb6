import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import * as vscode from "vscode";

const extension = () => vscode.extensions.getExtension("token-budget.token-budget")!;

describe("the manifest", () => {
  before(() => extension().activate());

  it("has a handler for every command, all of one category", async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const commands: { command: string; category?: string }[] = extension().packageJSON.contributes.commands;
    assert.ok(commands.length >= 10);
    for (const { command, category } of commands) {
      assert.ok(registered.has(command), `${command} is not registered`);
      assert.equal(category, "Token Budget");
    }
  });

  it("lets no workspace set an address, and uses no proposed API", () => {
    const { contributes, enabledApiProposals } = extension().packageJSON;
    const properties: Record<string, { scope?: string }> = contributes.configuration.properties;
    for (const [name, { scope }] of Object.entries(properties))
      if (/url|provider/.test(name)) assert.equal(scope, "machine", name);
    assert.equal(enabledApiProposals, undefined);
  });

  it("has defaults with which everything shows", () => {
    const settings = vscode.workspace.getConfiguration("tokenBudget");
    assert.equal(settings.inspect("meter.visible")?.defaultValue, true);
    assert.equal(settings.inspect("estimate.visible")?.defaultValue, true);
    assert.equal(settings.inspect("endpoint.url")?.defaultValue, "");
    assert.ok((settings.inspect<string[]>("estimate.files")?.defaultValue ?? []).includes("**/*.prompt.md"));
  });
});

describe("what the extension loads", () => {
  const dist = () => join(extension().extensionPath, "dist");

  it("is small, and holds neither token tables nor the price catalogue", () => {
    const file = join(dist(), "extension.cjs");
    assert.ok(statSync(file).size < 520_000);
    const { sources } = JSON.parse(readFileSync(`${file}.map`, "utf8")) as { sources: string[] };
    assert.ok(sources.some((source) => source.endsWith("src/main/extension.ts")));
    const heavy = /js-tiktoken|genai-prices|zod\/v4\/classic|fastify|pglite|undici/;
    assert.deepEqual(
      sources.filter((source) => heavy.test(source)),
      [],
    );
  });

  it("does not load the daemon, a counter, the preview or what a command needs into the editor's process", () => {
    const loaded = Object.keys(require.cache).flatMap((file) => (file.startsWith(dist()) ? [relative(dist(), file)] : []));
    assert.deepEqual(
      loaded.filter((file) => /daemon|tokens|tokenWorker|preview|spending|team|onCommand|copilot/.test(file)),
      [],
    );
    assert.ok(loaded.includes("extension.cjs"));
  });
});
