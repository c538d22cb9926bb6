import assert from "node:assert/strict";
import { CopilotTest, MODEL } from "./copilot.ts";

/** What becomes of turns while they run; one window and one chat all along. */
describe("a turn of Copilot Chat's under guard", function () {
  this.timeout(300_000);
  let chat: CopilotTest;

  before(async () => {
    chat = await CopilotTest.start();
    await chat.window.enableChat(MODEL);
    await chat.guard();
    await chat.reload();
  });

  after(() => chat?.close());

  it("is asked about again in mid-turn once it has grown, and after a stop nothing more is sent or held", async () => {
    // Each round waits until the one before is booked, as its reports come every few seconds alone.
    chat.model.pace = () => chat.booked();
    await chat.window.sendChatMessage("Find it out: read 20 times");
    await chat.question("Send this prompt").waitFor();
    await chat.window.clickDialogButton("Send");
    await chat.question("so far. Go on?").waitFor({ timeout: 240_000 });
    const before = chat.asked;
    assert.ok(before > 1);
    await chat.window.clickDialogButton("Stop");
    await chat.settled();
    assert.equal(chat.asked, before);
    chat.model.pace = undefined;
  });

  it("is asked about before it starts more sub-agents than the policy lets it", async () => {
    await chat.push({ assistants: { subagents: 2 } });
    await chat.window.sendChatMessage("Ask around: delegate 3 of them");
    await chat.question("Send this prompt").waitFor();
    await chat.window.clickDialogButton("Send");
    await chat.question("wants to start more sub-agents").waitFor();
    const before = chat.asked;
    await chat.window.clickDialogButton("Continue");
    await chat.settled();
    assert.ok(chat.asked >= before + 1);
  });

  it("is asked about again, and answered once, when the daemon is killed during the question", async () => {
    const before = chat.asked;
    await chat.window.sendChatMessage("Is there a night ferry?");
    await chat.question("Send this prompt").waitFor();
    const killed = chat.daemonProcess;
    process.kill(killed, "SIGKILL");
    await chat.daemon.refresh(); // another serves
    assert.notEqual(chat.daemonProcess, killed);
    await chat.window.clickDialogButton("Send");
    await chat.until(() => chat.asked > before);
    await chat.settled();
    assert.equal(await chat.window.dialog().count(), 0);
  });

  it("is counted by its own guard alone where Token Budget's own models answer in the same chat", async () => {
    const [before, served] = [await chat.team.spend(), chat.asked];
    await chat.window.chooseChatModel("demo-small");
    await chat.window.sendChatMessage("Thank you");
    await chat.question("Send this prompt").waitFor(); // before the chat's own hook knows that it is none of Copilot's
    await chat.window.clickDialogButton("Send");
    await chat.window.chatAnswer().getByText("a demo model on your own machine").waitFor();
    await chat.team.spendAbove(before);
    await chat.settled();
    assert.equal(chat.asked, served);
  });

  it("is shown as covered in the meter's hover", async () => {
    const hover = await chat.window.hoverStatusItem("tokenBudget.meter");
    await hover.getByText("Copilot Chat: asked before it is sent").waitFor();
  });
});
