import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { message } from "../../budget/message.ts";
import { ONE } from "../../budget/money.ts";
import type { ComparedModel } from "../../budget/pricing/compare.ts";
import type { Verdict } from "../../budget/verdict/verdict.ts";
import type { DaemonClient } from "../../protocol/client.ts";
import type { OpenReply, OpenRequest } from "../../protocol/daemon.ts";
import { usageOf } from "../../wire/usage.ts";
import { type Answer, Guard, type GuardedRequest, type Origin, type Question, withTakings } from "./guard.ts";

const ref = { provider: "demo", model: "demo-large" };
const small = { provider: "demo", model: "demo-small" };
const estimate = {
  input: { low: 100, likely: 100, high: 100, exact: true },
  output: { likely: 400, high: 2_000, worst: 16_384 },
};
/** Another model at a high end of so many nano-USD, about which the policy would ask these. */
function other(model: string, high: bigint, reasons: Verdict["reasons"] = []): ComparedModel {
  const cost = { start: high / 4n, likely: high / 2n, high, worst: high };
  const decision = reasons.length > 0 ? "confirm" : "allow";
  const verdict: Verdict = { decision, reasons, warnings: [], hold: { usd: high, tokens: 0n }, cost, priceKnown: true };
  return {
    ref: { provider: "demo", model },
    name: model,
    estimate,
    cost,
    source: "catalogue",
    verdict,
    exclusions: [],
    cheapest: false,
  };
}
const cheaper = other(small.model, ONE / 100n);

/** The daemon's side of the conversation, written down; it answers `open` by the script, the last answer for ever. */
class Daemon {
  readonly calls: string[] = [];
  readonly opened: OpenRequest[] = [];
  private readonly decisions: OpenReply["decision"][];
  code: OpenReply["reasons"][number]["code"] = "aboveConfirm";
  preferred: OpenReply["preferred"];
  /** Output tokens that there is money for. */
  enoughFor = Number.POSITIVE_INFINITY;

  constructor(...decisions: OpenReply["decision"][]) {
    this.decisions = decisions;
  }

  readonly client = {
    state: undefined,
    open: async (request: OpenRequest): Promise<OpenReply> => {
      this.opened.push(request);
      const decision = this.decisions.length > 1 ? this.decisions.shift()! : this.decisions[0]!;
      this.calls.push(`open ${request.ref.model}: ${decision}`);
      const text = { template: "It may cost {0}", args: ["$1"] };
      return {
        id: request.id,
        decision,
        reasons: decision === "allow" ? [] : [{ code: this.code, effect: decision, text }],
        cost: { start: "0.1", likely: "0.4", high: "1", worst: "5" },
        priceKnown: true,
        ...(this.preferred && { preferred: this.preferred }),
        held: { usd: "1", tokens: "0" },
        policyVersion: 1,
      };
    },
    grow: async (_: string, output: number) => this.calls.push(`grow ${output}`) > 0 && output <= this.enoughFor,
    settle: async ({ usage, usageSource }: Parameters<DaemonClient["settle"]>[0]) => {
      this.calls.push(`settle ${usage.input}+${usage.output} ${usageSource}`);
      return { cost: "0.5", overshoot: "0" };
    },
    cancel: async () => void this.calls.push("cancel"),
  } as unknown as DaemonClient;
}

function guardOf(daemon: Daemon, answer: Answer = "cancel", from: Origin = {}) {
  const questions: Question[] = [];
  const guard = new Guard(
    daemon.client,
    async (question) => {
      questions.push(question);
      return answer;
    },
    assert.fail,
    () => from,
  );
  return { guard, questions };
}

const request = (more: Partial<GuardedRequest> = {}): GuardedRequest => ({
  origin: "send",
  ref,
  estimate,
  alternatives: () => [cheaper],
  rounds: 1,
  attended: true,
  signal: new AbortController().signal,
  ...more,
});

async function admitted(guard: Guard, more: Partial<GuardedRequest> = {}) {
  const admission = await guard.admit(request(more));
  assert.equal(admission.outcome, "admitted");
  assert.ok(admission.outcome === "admitted");
  return admission;
}

describe("the guard", () => {
  it("says where a request comes from, as far as the window does", async () => {
    const daemon = new Daemon("allow");
    await admitted(
      guardOf(daemon, "cancel", { workspace: "ferry", project: "fernway/ferry", branch: "7-lights", issue: "7" }).guard,
    );
    await admitted(guardOf(daemon).guard);
    const [said, silent] = daemon.opened;
    assert.deepEqual([said!.workspace, said!.project, said!.branch, said!.issue], ["ferry", "fernway/ferry", "7-lights", "7"]);
    assert.deepEqual(Object.keys(silent!), ["id", "origin", "ref", "estimate"]);
  });

  it("lets an allowed request pass unasked", async () => {
    const daemon = new Daemon("allow");
    const { guard, questions } = guardOf(daemon);
    const { hold } = await admitted(guard);
    hold.leaves();
    await hold.settle({ usage: usageOf({ input: 90, output: 30 }), usageSource: "provider" });
    assert.deepEqual(daemon.calls, ["open demo-large: allow", "settle 90+30 provider"]);
    assert.equal(questions.length, 0);
  });

  it("asks, and opens the same request again with what was confirmed", async () => {
    const daemon = new Daemon("confirm", "allow");
    const { guard, questions } = guardOf(daemon, "send");
    const { confirmed } = await admitted(guard);
    assert.equal(questions.length, 1);
    const { alternative } = questions[0]!;
    // Likely $0.40 here, $0.005 there.
    assert.deepEqual([alternative?.ref, alternative?.times, alternative?.saving], [small, 80, 395_000_000n]);
    assert.deepEqual(confirmed, { cost: "1", reasons: ["aboveConfirm"] });
    assert.deepEqual(daemon.opened[1], { ...daemon.opened[0], confirmed });
  });

  it("takes a yes to a turn for its further rounds too, and says up to what", async () => {
    const { guard, questions } = guardOf(new Daemon("confirm", "allow"), "send");
    const { confirmed } = await admitted(guard, { rounds: 4 });
    assert.equal(questions[0]?.covers, 4n * ONE);
    assert.equal(confirmed?.cost, "4");
  });

  it("leaves no spend when the person says no", async () => {
    const daemon = new Daemon("confirm");
    const { guard } = guardOf(daemon, "cancel");
    assert.deepEqual(await guard.admit(request()), { outcome: "cancelled" });
    assert.deepEqual(daemon.calls, ["open demo-large: confirm", "cancel"]);
  });

  it("leaves no spend when nobody waits for the answer any more", async () => {
    const abort = new AbortController();
    abort.abort();
    const daemon = new Daemon("allow");
    assert.deepEqual(await guardOf(daemon).guard.admit(request({ signal: abort.signal })), { outcome: "cancelled" });
    assert.deepEqual(daemon.calls, ["open demo-large: allow", "cancel"]);
  });

  it("asks nobody about what was given up while it was judged", async () => {
    const abort = new AbortController();
    abort.abort();
    const daemon = new Daemon("confirm");
    const { guard, questions } = guardOf(daemon, "send");
    assert.deepEqual(await guard.admit(request({ signal: abort.signal })), { outcome: "cancelled" });
    assert.equal(questions.length, 0);
    assert.deepEqual(daemon.calls, ["open demo-large: confirm", "cancel"]);
  });

  it("does not open again what was given up while the person thought", async () => {
    const abort = new AbortController();
    const daemon = new Daemon("confirm", "allow");
    const giveUp = async (): Promise<Answer> => {
      abort.abort();
      return "send";
    };
    const guard = new Guard(daemon.client, giveUp, assert.fail, () => ({}));
    assert.deepEqual(await guard.admit(request({ signal: abort.signal })), { outcome: "cancelled" });
    assert.deepEqual(daemon.calls, ["open demo-large: confirm", "cancel"]);
  });

  it("sends with the cheaper model when the person takes it", async () => {
    const daemon = new Daemon("confirm", "allow");
    const { guard } = guardOf(daemon, "useAlternative");
    assert.deepEqual((await admitted(guard)).ref, small);
    assert.deepEqual(daemon.calls, ["open demo-large: confirm", "cancel", "open demo-small: allow"]);
    assert.notEqual(daemon.opened[1]?.id, daemon.opened[0]?.id);
  });

  it("offers a dearer model where the team has closed the one asked for", async () => {
    const daemon = new Daemon("block");
    daemon.code = "modelDenied";
    const admission = await guardOf(daemon).guard.admit(request({ alternatives: () => [other("open", ONE * 3n)] }));
    assert.equal(admission.outcome === "refused" && admission.alternative?.ref.model, "open");
  });

  it("takes the choice of an alternative as the answer to what would be asked about it", async () => {
    const daemon = new Daemon("confirm", "allow");
    const { guard } = guardOf(daemon, "useAlternative");
    const share = { code: "shareOfRemaining", effect: "confirm", text: message("share") } as const;
    await admitted(guard, { rounds: 3, alternatives: () => [other(small.model, ONE / 100n, [share])] });
    assert.deepEqual(daemon.opened[1]?.confirmed, { cost: "0.03", reasons: ["shareOfRemaining"] });
  });

  it("offers the alternative that the team prefers before a cheaper one", async () => {
    const daemon = new Daemon("confirm");
    daemon.preferred = { model: "medium", reason: "as good" };
    const { guard, questions } = guardOf(daemon);
    await guard.admit(request({ alternatives: () => [cheaper, other("medium", ONE / 2n)] }));
    assert.equal(questions[0]?.alternative?.ref.model, "medium");
  });

  it("offers no alternative that costs as much", async () => {
    const { guard, questions } = guardOf(new Daemon("confirm"));
    await guard.admit(request({ alternatives: () => [other(small.model, ONE)] }));
    assert.equal(questions[0]?.alternative, undefined);
  });

  it("refuses without asking", async () => {
    const daemon = new Daemon("block");
    const { guard, questions } = guardOf(daemon, "send");
    const admission = await guard.admit(request());
    assert.equal(admission.outcome, "refused");
    assert.equal(questions.length, 0);
    assert.deepEqual(daemon.calls, ["open demo-large: block"]);
  });

  it("asks nobody about what nobody sent", async () => {
    const daemon = new Daemon("confirm");
    const { guard, questions } = guardOf(daemon, "send");
    assert.equal((await guard.admit(request({ attended: false }))).outcome, "refused");
    assert.equal(questions.length, 0);
    assert.deepEqual(daemon.calls, ["open demo-large: confirm"]);
  });

  it("asks nobody who took what was missing about how little is left then, but about what else there is", async () => {
    const daemon = new Daemon("block", "allow");
    const { guard } = guardOf(daemon);
    const refused = await guard.admit(request());
    assert.equal(refused.outcome, "refused");
    if (refused.outcome !== "refused") return;
    await admitted(guard, withTakings(request({ confirmed: { cost: "0.2", reasons: ["aboveConfirm"] } }), refused));
    assert.deepEqual(daemon.opened[1]!.confirmed, {
      cost: refused.reply.cost.high,
      reasons: ["aboveConfirm", "shareOfRemaining", "shareOfLimit"],
    });
  });

  it("gives a hold to an inner guard once, for the same model only", async () => {
    const { guard } = guardOf(new Daemon("allow"));
    const { hold } = await admitted(guard);
    assert.equal(guard.adopt(hold.id, small), undefined);
    assert.equal(guard.adopt(hold.id, ref), hold);
    assert.equal(guard.adopt(hold.id, ref), undefined);
    await hold.cancel();
    assert.equal(guard.adopt(hold.id, ref), undefined);
  });
});

describe("what a request is for, where the team wants to know", () => {
  const needed = (daemon: Daemon): Daemon => Object.assign(daemon, { code: "purposeNeeded" });

  it("is asked, and the same request judged again with it; what else there is to ask comes then", async () => {
    const daemon = needed(new Daemon("confirm", "confirm", "allow"));
    const answers: Answer[] = [{ purpose: "incident" }, "send"];
    const asked: Question[] = [];
    const ask = async (question: Question): Promise<Answer> => {
      asked.push(question);
      daemon.code = "aboveConfirm";
      return answers.shift()!;
    };
    const guard = new Guard(daemon.client, ask, assert.fail, () => ({ project: "ferry" }));
    const { purpose } = await admitted(guard);
    assert.equal(purpose, "incident");
    assert.deepEqual(
      daemon.opened.map((one) => [one.purpose, one.confirmed?.reasons]),
      [
        [undefined, undefined],
        ["incident", undefined],
        ["incident", ["aboveConfirm"]],
      ],
    );
    assert.equal(new Set(daemon.opened.map(({ id }) => id)).size, 1);
    assert.deepEqual(
      asked.map(({ work }) => work),
      [{ project: "ferry" }, { project: "ferry", purpose: "incident" }],
    );
  });

  it("goes with a request that knows it, and on to another model", async () => {
    const daemon = new Daemon("confirm", "allow");
    await admitted(guardOf(daemon, "useAlternative", { purpose: "window" }).guard, { purpose: "turn" });
    assert.deepEqual(
      daemon.opened.map(({ purpose }) => purpose),
      ["turn", "turn"],
    );
  });

  it("is no answer where nobody can be asked", async () => {
    const daemon = needed(new Daemon("confirm"));
    assert.equal((await guardOf(daemon, { purpose: "x" }).guard.admit(request({ attended: false }))).outcome, "refused");
  });
});

describe("a hold", () => {
  it("ends exactly once", async () => {
    const daemon = new Daemon("allow");
    const { hold } = await admitted(guardOf(daemon).guard);
    hold.leaves();
    await hold.settle({ usage: usageOf({ output: 1 }), usageSource: "provider" });
    await hold.end();
    await hold.cancel();
    assert.deepEqual(daemon.calls.slice(1), ["settle 0+1 provider"]);
  });

  it("is cancelled when nothing was sent, and counted when the stream broke", async () => {
    const daemon = new Daemon("allow");
    const { guard } = guardOf(daemon);
    await (await admitted(guard)).hold.end();
    const { hold } = await admitted(guard);
    hold.leaves();
    hold.progress(70);
    await hold.end();
    assert.deepEqual(daemon.calls, ["open demo-large: allow", "cancel", "open demo-large: allow", "settle 100+70 counted"]);
  });

  it("ends by what has streamed where that cannot be counted", async () => {
    const daemon = new Daemon("allow");
    const { hold } = await admitted(guardOf(daemon).guard);
    hold.leaves();
    hold.progress(70);
    await hold.end(() => Promise.reject(new Error("The counting thread has ended.")));
    const { hold: other } = await admitted(guardOf(daemon).guard);
    other.leaves();
    other.progress(70);
    await other.end(async () => 64);
    assert.deepEqual(
      daemon.calls.filter((call) => call.startsWith("settle")),
      ["settle 100+70 counted", "settle 100+64 counted"],
    );
  });

  it("costs nothing when the model never took what was sent", async () => {
    const daemon = new Daemon("allow");
    const { hold } = await admitted(guardOf(daemon).guard);
    hold.leaves();
    await hold.cancel();
    assert.deepEqual(daemon.calls.slice(1), ["cancel"]);
  });

  it("grows when more streams than it covers, a few times for a long answer", async () => {
    const daemon = new Daemon("allow");
    const { hold } = await admitted(guardOf(daemon).guard);
    hold.leaves();
    for (let output = 1_999; output <= 4_600; output++) hold.progress(output);
    assert.deepEqual(daemon.calls.slice(1), ["grow 3002", "grow 4505", "grow 6759"]);
  });

  it("grows as far as the answer has come where there is not enough for more", async () => {
    const daemon = new Daemon("allow");
    daemon.enoughFor = 2_500;
    const { hold } = await admitted(guardOf(daemon).guard);
    hold.leaves();
    hold.progress(2_001);
    await setImmediate();
    assert.deepEqual(daemon.calls.slice(1), ["grow 3002", "grow 2001"]);
  });
});
