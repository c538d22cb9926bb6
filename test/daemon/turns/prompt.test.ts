import assert from "node:assert/strict";
import { inEnglish } from "../../../src/budget/message.ts";
import type { TurnQuestion } from "../../../src/protocol/assistants.ts";
import { request } from "../support/budget.ts";
import { ALLOWANCE, MODEL, PRICES, reasonOf, useTurns } from "../support/chat.ts";
import { PROMPT } from "../support/telemetry.ts";

describe("a turn of the editor's own assistant", () => {
  const start = useTurns();

  it("goes without a word below the team's threshold, held before it goes, and settles call by call", async () => {
    const { budget, chat, machine } = await start({ confirm: { cost: "1" } });
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    const held = chat.used();
    assert.ok(held > 0.1 && held < 0.3, `${held} is held`);
    assert.equal(machine.service.state().assistants[0]?.running, 1);
    await chat.report([{ session: "s", input: 20_000, output: 1_000 }]);
    await chat.report([
      { session: "s", input: 21_000, cached: 20_000, output: 500 },
      { input: 300, output: 20 },
    ]);
    const spent = 0.03 + 0.026 + 0.0005;
    assert.equal((await chat.spent()).toFixed(6), spent.toFixed(6));
    assert.ok(Math.abs(chat.used() - held) < 0.00001, "calls are drawn from the hold");
    await chat.over("s");
    assert.deepEqual(await machine.service.verify().then(({ differences }) => differences), []);
    await machine.service.refresh();
    const books = await budget.books();
    assert.ok(books);
    assert.equal(Number((await budget.me()).allowances[0]!.spend).toFixed(6), spent.toFixed(6));
  });

  it("asks once, says what it starts at and usually comes to, and sends on a yes", async () => {
    const { chat } = await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }];
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, 1);
    const [{ kind, lines, reasons, cost, modelKnown }] = chat.questions as [TurnQuestion];
    assert.deepEqual([kind, modelKnown, reasons.map(({ code }) => code)], ["prompt", true, ["aboveConfirm"]]);
    assert.match(lines[0]!.template, /starts around \{0\}, and such turns usually come to/);
    assert.ok(Number(cost.start) < Number(cost.likely) && Number(cost.likely) < Number(cost.high));
  });

  it("does not send on a no, and says what stays behind; nothing is held then", async () => {
    const { chat } = await start({ confirm: { cost: "0.1" } });
    assert.match(reasonOf(await chat.prompt("s")), /You chose not to send it.*begin a new session/s);
    assert.deepEqual([chat.used(), await chat.count()], [0, 0]);
  });

  it("is blocked by the policy with the reason and the ways out, and nobody is asked", async () => {
    const { chat } = await start({ block: { cost: "0.05" } });
    const reason = reasonOf(await chat.prompt("s"));
    assert.match(reason, /requests above \$0\.05 are stopped.*Ask for More….*begin a new session/s);
    assert.deepEqual([chat.questions.length, chat.used()], [0, 0]);
  });

  it("is told of in the window when it is blocked, once, with the reasons and what helps; not when the person said no", async () => {
    const { budget, chat, machine } = await start({ block: { cost: "0.05" } });
    const twice = { prompt: PROMPT, timestamp: "2026-11-28T08:00:00.000Z" };
    await Promise.all([chat.hook("UserPromptSubmit", "s", twice), chat.hook("UserPromptSubmit", "s", twice)]);
    assert.equal(chat.told.length, 1);
    const { refusal, cwd } = chat.told[0]!;
    assert.deepEqual(
      [cwd, refusal.reasons.map(({ code }) => code), refusal.mayAskForMore],
      ["/projects/ferry", ["aboveBlock"], true],
    );
    assert.ok(refusal.kind === "prompt" && Number(refusal.high) > 0.05);
    await budget.pushPolicy({ prices: PRICES, confirm: { cost: "0.05" } });
    await machine.service.refresh();
    await chat.prompt("s"); // nobody says anything, which is a no
    assert.deepEqual([chat.questions.length, chat.told.length], [1, 1]);
    machine.service.useAsker(async () => "late", { tell: async (late) => void chat.told.push({ refusal: late, cwd: "" }) });
    await chat.prompt("s");
    assert.match(inEnglish(chat.told[1]!.refusal.reasons[0]!.text), /Nobody has answered/);
  });

  it("is blocked by what its workspace asks for, too, which another workspace's turns are not", async () => {
    const { chat, machine } = await start({ confirm: {} });
    machine.service.useAsker(async () => "nobody", {
      rulesIn: async (cwd) => (cwd === "/projects/ferry" ? { block: { cost: "0.05" } } : undefined),
    });
    assert.match(reasonOf(await chat.prompt("s")), /requests above \$0\.05 are stopped/);
    machine.service.useAsker(async () => "nobody");
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
  });

  it("is blocked where the money is gone, whatever this machine believed", async () => {
    const { chat } = await start({ allowances: [{ ...ALLOWANCE, limit: "0.05" }], confirm: {} });
    assert.match(reasonOf(await chat.prompt("s")), /has only \$0\.05 left/);
  });

  it("is not asked about again in a session below what the person said", async () => {
    const { chat } = await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send", notBelow: "5" }];
    await chat.prompt("s");
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.equal(chat.questions.length, 1);
    await chat.prompt("other");
    assert.equal(chat.questions.length, 2);
  });

  it("is refused where nobody can be asked, or let go where the policy says so", async () => {
    const { budget, chat, machine } = await start({ confirm: { cost: "0.1" } });
    machine.service.useAsker(async () => "nobody");
    assert.match(reasonOf(await chat.prompt("s")), /no window is open to ask in/);
    machine.service.useAsker(async () => "late");
    assert.match(reasonOf(await chat.prompt("s")), /Nobody has answered.*in time/);
    await budget.pushPolicy({ prices: PRICES, confirm: { cost: "0.1" }, assistants: { unattended: "allow" } });
    await machine.service.refresh();
    machine.service.useAsker(async () => "nobody");
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
  });

  it("is asked about once when its hook stands in two files, and twice when it is sent twice", async () => {
    const { chat } = await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }, { choice: "send" }];
    const twice = { prompt: PROMPT, timestamp: "2026-11-28T08:00:00.000Z" };
    await Promise.all([chat.hook("UserPromptSubmit", "s", twice), chat.hook("UserPromptSubmit", "s", twice)]);
    assert.equal(chat.questions.length, 1);
    await chat.prompt("s");
    assert.equal(chat.questions.length, 2);
  });

  it("holds and asks for two sessions apart", async () => {
    const { chat } = await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }, { choice: "stop" }];
    const [one, other] = await Promise.all([chat.prompt("s"), chat.prompt("t")]);
    assert.deepEqual([one.stdout, reasonOf(other) !== ""], [undefined, true]);
    assert.ok(chat.used() > 0.1 && chat.used() < 0.3);
  });

  it("gives its hold back when the hook goes away while the person is asked", async () => {
    const { chat, machine } = await start({ confirm: { cost: "5" } });
    await chat.report([{ session: "s", input: 400_000, at: Date.now() - 2 * 3_600_000 }]); // $0.40, and cold by now
    const hook = new AbortController();
    const asked = Promise.withResolvers<void>();
    chat.answers = [
      () => {
        asked.resolve();
        return new Promise(() => {});
      },
    ];
    const answer = chat.prompt("s", hook.signal);
    await asked.promise;
    assert.ok(chat.used() > 0.8, "held while the person thinks");
    hook.abort();
    assert.deepEqual(await answer, { exitCode: 0 });
    assert.deepEqual([chat.used(), machine.service.state().assistants[0]?.running], [0.4, 0]);
  });

  it("goes by the rules that hold when the person has answered", async () => {
    const { budget, chat, machine } = await start({ confirm: { cost: "0.1" } });
    chat.answers = [
      async () => {
        await budget.pushPolicy({ prices: PRICES, allowances: [ALLOWANCE], block: { cost: "0.05" } });
        await machine.service.refresh();
        return { choice: "send" };
      },
    ];
    assert.match(reasonOf(await chat.prompt("s")), /are stopped/);
    assert.equal(chat.used(), 0);
  });

  it("is asked what it is for where the team wants that said, once in a session, and its calls say it", async () => {
    const purposes = { list: [{ id: "feature", name: "Feature" }], requiredAbove: "0.001" };
    const { chat, machine } = await start({ confirm: {}, purposes });
    chat.answers = [{ choice: "send" }, { choice: "send", purpose: "feature" }];
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    assert.deepEqual(
      chat.questions.map(({ reasons }) => reasons.map(({ code }) => code)),
      [["purposeNeeded"], ["purposeNeeded"]],
      "a yes alone is not enough",
    );
    await chat.report([{ session: "s", input: 5_000 }]);
    await machine.service.refresh();
    const bodies = machine.service.uploads().map(({ body }) => body as { entries?: { purpose?: string }[] });
    assert.deepEqual(
      bodies.flatMap(({ entries = [] }) => entries).map(({ purpose }) => purpose),
      ["feature"],
    );
    await chat.over("s");
    assert.deepEqual([await chat.prompt("s"), chat.questions.length], [{ exitCode: 0 }, 2]);
  });

  it("says what it costs to come back to a session that the cache has forgotten", async () => {
    const { chat } = await start({ confirm: { cost: "5" } });
    await chat.report([{ session: "s", input: 400_000, at: Date.now() - 2 * 3_600_000 }]);
    assert.match(reasonOf(await chat.prompt("s")), /chose not to send/);
    const [{ kind, reasons }] = chat.questions as [TurnQuestion];
    assert.deepEqual([kind, reasons[0]?.code, reasons[0]?.text.args[0]], ["cold", "coldSession", "400k"]);
    assert.equal(chat.used(), 0.4);
    chat.answers = [{ choice: "send" }];
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 });
    await chat.report([{ session: "s", input: 400_000 }]);
    await chat.hook("Stop", "s");
    assert.deepEqual(await chat.prompt("s"), { exitCode: 0 }); // warm again
    assert.equal(chat.questions.length, 2);
  });

  it("makes room for requests that a window's own guard sends inside it, and is not asked about twice", async () => {
    const { chat, machine } = await start({ confirm: { cost: "0.1" } });
    chat.answers = [{ choice: "send" }];
    await chat.prompt("s");
    const inner = request({ origin: "chat", ref: { provider: "copilot", model: MODEL }, output: 14_000 });
    const { decision } = await machine.service.open(inner, "window");
    assert.equal(decision, "allow");
    assert.equal(chat.used(), 0.14, "only the request itself is held");
    await machine.service.cancel(inner.id);
    await chat.hook("Stop", "s");
    assert.equal(await chat.count(), 0);
  });
});
