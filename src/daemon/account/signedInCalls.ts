import type { GrantDecision } from "../../budget/allowance/grant.ts";
import { parseAmount } from "../../budget/money.ts";
import type { RehearsalSummary } from "../../budget/policyEdit/rehearsal.ts";
import type { Asking, PolicyPush, PolicyPushed, TravelRequest } from "../../protocol/daemon.ts";
import type { TeamCalls } from "../../protocol/daemonCalls.ts";
import type { Doubt, Grant, PolicyVersion } from "../../protocol/endpoint.ts";
import type { Report, ReportQuery, StoredEntries, TeamGlance } from "../../protocol/report.ts";
import type { Account } from "./account.ts";

/** Hours that a travel advance may last. */
const LONGEST_JOURNEY = 24;

/** What the endpoint of whoever is signed in is asked; most of it goes through as it is. */
export abstract class SignedInCalls implements TeamCalls {
  /** Who is signed in. */
  protected abstract readonly account: Account | undefined;

  async policyVersions(): Promise<PolicyVersion[]> {
    return this.#signedIn().client.policyVersions();
  }

  async rehearsePolicy(policy: unknown): Promise<RehearsalSummary> {
    return this.#signedIn().client.rehearse(policy);
  }

  async pushPolicy(push: PolicyPush): Promise<PolicyPushed> {
    return this.#signedIn().client.pushPolicy(push);
  }

  async takeAlong({ amount, hours }: TravelRequest): Promise<void> {
    const { account } = this;
    if (!account) throw new Error("Sign in to your team first: your own budget needs no travel advance.");
    if (!(hours > 0 && hours <= LONGEST_JOURNEY)) throw new Error(`A travel advance is for at most ${LONGEST_JOURNEY} hours.`);
    await account.takeAlong(parseAmount(amount), hours * 3_600_000);
  }

  async askForMore(asking: Asking): Promise<Grant> {
    return this.#signedIn().askForMore(asking);
  }

  async grants(): Promise<Grant[]> {
    return this.#signedIn().readGrants();
  }

  async decideGrant(id: string, decision: GrantDecision): Promise<Grant> {
    return this.#signedIn().decideGrant(id, decision);
  }

  async report(query: ReportQuery): Promise<Report> {
    return this.#signedIn().client.report(query);
  }

  async teamGlance(): Promise<TeamGlance> {
    return this.#signedIn().client.teamGlance();
  }

  async ownEntries(): Promise<StoredEntries> {
    return this.#signedIn().client.ownEntries();
  }

  async doubts(): Promise<Doubt[]> {
    return this.#signedIn().client.doubts();
  }

  async writeOff(id: string): Promise<Doubt> {
    return this.#signedIn().client.writeOff(id);
  }

  #signedIn(): Account {
    if (!this.account) throw new Error("Sign in to your team's budget endpoint first.");
    return this.account;
  }
}
