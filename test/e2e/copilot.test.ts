import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CopilotTest, MODEL } from "./copilot.ts";

/** One window and one chat all along, as a person has them. */
describe("Copilot Chat under guard", function () {
  this.timeout(240_000);
  let chat: CopilotTest;
  const hooks = (name = "token-budget.json") => join(chat.editor.home, ".copilot", "hooks", name);
  const settings = () => JSON.parse(readFileSync(join(chat.editor.server.dataDir, "data", "User", "settings.json"), "utf8"));

  before(async () => {
    chat = await CopilotTest.start();
    mkdirSync(join(chat.editor.home, ".copilot", "hooks"), { recursive: true });
    writeFileSync(hooks("other.json"), '{"version":1,"hooks":{}}');
  });

  after(() => chat?.close());

  it("is offered once where Copilot Chat is in use, quietly", async () => {
    await chat.window.enableChat(MODEL);
    const hover = await chat.window.hoverStatusItem("tokenBudget.meter");
    await hover.getByText("Copilot Chat sends without asking here.").waitFor();
    await hover.getByText("Guard It…").click();
    await chat.window.quickInput.getByText("Not Now").waitFor();
  });

  it("shows all that it would write, and writes nothing without a yes", async () => {
    await chat.window.page.locator(".view-line").filter({ hasText: "UserPromptSubmit" }).first().waitFor();
    await chat.window.pick("Not Now");
    await chat.window.quickInput.waitFor({ state: "hidden" });
    assert.equal(existsSync(hooks()), false);
    assert.equal(Object.keys(settings()).filter((name) => name.includes("otel")).length, 0);
  });

  it("writes, proves that the hook runs, says what is covered, and is whole once the window is loaded anew", async () => {
    await chat.guard();
    assert.match(readFileSync(hooks(), "utf8"), /"UserPromptSubmit"/);
    assert.match(settings()["github.copilot.chat.otel.otlpEndpoint"], /^http:\/\/127\.0\.0\.1:\d+\//);
    await chat.reload();
  });

  it("asks before a prompt that may cost much, sends it after a yes, and books what it used", async () => {
    await chat.window.sendChatMessage("Where does the ferry go?");
    await chat.question(`Send this prompt to ${MODEL} in Copilot Chat?`).waitFor();
    assert.equal(chat.asked, 0);
    await chat.window.clickDialogButton("Send");
    await chat.answered();
    await chat.settled();
  });

  it("does not send after a no, and says what stays behind", async () => {
    const before = chat.asked;
    await chat.window.sendChatMessage("And who pays for it?");
    await chat.question("its text stays in this session").waitFor();
    await chat.window.clickDialogButton("Don't Send");
    await chat.blocked.click();
    await chat.window.chatAnswer().getByText("You chose not to send it").waitFor();
    assert.equal(chat.asked, before);
  });

  it("goes by the policy in force when the answer comes, not by that of the question", async () => {
    const before = chat.asked;
    await chat.window.sendChatMessage("Does it take cars?");
    await chat.question("Send this prompt").waitFor();
    await chat.push({ block: { cost: "0.01" } });
    await chat.window.clickDialogButton("Send");
    await chat.blocked.waitFor();
    await chat.window.clickNotificationButton("has not sent your prompt", "Show Policy");
    await chat.window.quickInput.waitFor();
    await chat.window.page.keyboard.press("Escape");
    assert.equal(chat.asked, before);
  });

  it("is stopped by the policy without a question, with the reason and the ways out in the chat and in the window", async () => {
    const before = chat.asked;
    await chat.window.sendChatMessage("Does it take dogs?");
    await chat.blocked.click();
    await chat.window.chatAnswer().getByText("Token Budget: not sent.").waitFor();
    await chat.window.notification(/has not sent your prompt.*requests above \$0\.01 are stopped/).waitFor();
    await chat.window.clickNotificationButton("has not sent your prompt", "Start Fresh Session");
    await chat.blocked.waitFor({ state: "detached" });
    assert.equal(chat.asked, before);
  });

  it("is taken back without a trace, and other hooks stay", async () => {
    await chat.window.runCommand("Token Budget: Unguard Copilot Chat");
    await chat.window.notification("not guarded any more").waitFor();
    assert.equal(existsSync(hooks()), false);
    assert.ok(existsSync(hooks("other.json")));
    assert.equal(Object.keys(settings()).filter((name) => name.includes("otel")).length, 0);
  });
});
