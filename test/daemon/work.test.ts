import assert from "node:assert/strict";
import { type Machine, PRICES, request, startBudget, type TestBudget, used } from "./support/budget.ts";

const POLICY = { prices: PRICES, allowances: [{ id: "month", name: "Month", limit: "60" }] };
const WORK = { project: "fernway/ferry", branch: "ABC-7-lights", issue: "ABC-7" };

describe("the work that a request is for", function () {
  this.timeout(60_000);
  let budget: TestBudget;
  let machine: Machine;
  beforeEach(async () => {
    budget = await startBudget(POLICY);
    machine = await budget.machine();
    await machine.signIn();
  });
  afterEach(() => budget.close());

  /** Sends a request under a policy; what the endpoint was told of it. */
  async function told(policy: object, how: "settled" | "uncertain" = "settled") {
    const { version } = machine.service.state().policy;
    await budget.pushPolicy({ ...POLICY, ...policy });
    await machine.until((state) => state.policy.version > version);
    const { service } = machine;
    const asked = request(WORK);
    assert.equal((await service.open(asked, "window")).decision, "allow");
    await service.sent(asked.id);
    if (how === "settled") await service.settle({ id: asked.id, usage: used(500), usageSource: "provider" });
    else await service.clientGone("window");
    await service.refresh();
    const bodies = service.uploads().map(({ body }) => body as { entries?: { id: string }[] } | undefined);
    const entry = bodies.flatMap((body) => body?.entries ?? []).find(({ id }) => id === asked.id);
    assert.ok(entry);
    return entry;
  }
  const words = (entry: object) => Object.fromEntries(Object.entries(entry).filter(([field]) => field in WORK));

  it("stays on the machine unless the policy shares it", async () => {
    assert.deepEqual(words(await told({})), {});
    assert.doesNotMatch(JSON.stringify(machine.service.uploads()), /fernway|ABC-7/);
  });

  it("leaves as far as the policy says, also where nobody saw the end", async () => {
    assert.deepEqual(words(await told({ share: { project: true, issue: true } })), { project: WORK.project, issue: WORK.issue });
    assert.deepEqual(words(await told({ share: { branch: true } }, "uncertain")), { branch: WORK.branch });
  });
});
