import { startDemoModel } from "../../sample/model.ts";
import { startEditor, type TestEditor } from "./driver.ts";
import { sendPrompt } from "./team.ts";

/** What somebody does who belongs to no team: no account, no endpoint. */
describe("a person of their own", function () {
  this.timeout(240_000);
  let model: Awaited<ReturnType<typeof startDemoModel>>;
  let editor: TestEditor;
  const meter = () => editor.window.statusItem("tokenBudget.meter");

  before(async () => {
    model = await startDemoModel({ count: (text) => text.length / 4 });
    editor = await startEditor({
      settings: { "tokenBudget.upstream.url": model.url, "workbench.colorTheme": "Default Dark Modern" },
    });
  });

  after(async () => {
    await editor?.close();
    await model?.close();
  });

  it("sets a budget within three steps, and sees what is left", async () => {
    await meter().filter({ hasText: "set a budget" }).click();
    await editor.window.pick("Set a personal budget");
    await editor.window.pick("A month");
    await editor.window.answerInput("$20");
    await meter().filter({ hasText: "$20 left · 0%" }).waitFor();
    const hover = await editor.window.hoverStatusItem("tokenBudget.meter");
    await hover.getByText("Your own budget, known on this machine alone.").waitFor();
    await hover.filter({ hasText: /resets/ }).waitFor();
  });

  it("is asked where the price is not known, and sees its meter move", async () => {
    await sendPrompt(editor.window, "demo-small");
    await editor.window.dialog().getByText("The price of demo-small is not known").waitFor();
    await editor.window.clickDialogButton("Send");
    await meter().filter({ hasText: "$20 left · <1%" }).waitFor();
  });

  it("keeps budget and spend across a reload, and has no budget any more when it takes it back", async () => {
    await editor.window.runCommand("Developer: Reload Window");
    await editor.window.page.waitForEvent("load");
    await meter().filter({ hasText: "$20 left · <1%" }).waitFor();
    await editor.window.runCommand("Token Budget: Set Personal Budget…");
    await editor.window.pick("A month");
    await editor.window.answerInput("");
    await meter().filter({ hasText: "set a budget" }).waitFor();
  });

  it("sets a subscription's window instead of dollars, sees its share, and takes it back", async () => {
    const command = "Token Budget: Set Personal Budget…";
    await editor.window.runCommand(command);
    await editor.window.pick("A subscription");
    await editor.window.pick("Claude: five hours");
    await editor.window.answerInput("200");
    await meter().filter({ hasText: "Claude 0%" }).waitFor();
    const hover = await editor.window.hoverStatusItem("tokenBudget.meter");
    await hover.getByText("Claude: five hours").waitFor();
    await hover.getByText("0 of 200 requests seen here").waitFor();
    await editor.window.runCommand(command);
    await editor.window.pick("A subscription");
    await editor.window.pick("Claude: five hours");
    await editor.window.answerInput("0");
    await meter().filter({ hasText: "set a budget" }).waitFor();
  });
});
