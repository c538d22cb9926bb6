import { type Policy, PolicySchema } from "../../budget/policy/policy.ts";
import { withPolicyPrices } from "../../budget/pricing/contractPrices.ts";
import { pricingOf } from "../../budget/pricing/pricing.ts";
import type { Priced } from "../../budget/verdict/verdict.ts";
import type { Catalogue } from "../../prices/catalogue.ts";
import type { PriceList } from "../../prices/rates.ts";
import type { PolicyVersion } from "../../protocol/endpoint.ts";
import type { Sql } from "../store/store.ts";
import { appendEvent } from "./events.ts";

export interface Team {
  id: string;
  name: string;
  /** Where days begin as long as no policy says otherwise. */
  timeZone: string;
  policyVersion: number;
  createdAt: Date;
}

interface TeamRow {
  id: string;
  name: string;
  time_zone: string;
  policy_version: number;
  created_at: Date;
}

/**
 * The team, locked until the transaction ends: `share` keeps its policy as it is, `update` is for who changes it.
 * Whoever locks more locks this first.
 */
export async function findTeam(sql: Sql, id: string, lock?: "share" | "update"): Promise<Team> {
  const [row] = await sql.query<TeamRow>(`select * from team where id = $1 ${lock ? `for ${lock}` : ""}`, [id]);
  if (!row) throw new Error(`no team ${id}`);
  return { id: row.id, name: row.name, timeZone: row.time_zone, policyVersion: row.policy_version, createdAt: row.created_at };
}

interface PolicyRow {
  version: number;
  document: unknown;
  author: string;
  note: string;
  created_at: Date;
}

/** Every version of the teams' policies, and the prices that follow from them. Versions never change, so they are kept in memory. */
export class Policies {
  readonly #catalogue: () => Catalogue;
  readonly #versions = new Map<string, PolicyVersion>();
  readonly #prices = new WeakMap<Policy, WeakMap<PriceList, PolicyPrices>>();

  /** @param catalogue the one in force: it may be refreshed */
  constructor(catalogue: () => Catalogue) {
    this.#catalogue = catalogue;
  }

  /** The policy in force. */
  async current(sql: Sql, team: Team): Promise<PolicyVersion> {
    return (await this.version(sql, team, team.policyVersion))!;
  }

  /** Version 0 is the default in the team's time zone. */
  async version(sql: Sql, team: Team, version: number): Promise<PolicyVersion | undefined> {
    const name = `${team.id} ${version}`;
    const known = this.#versions.get(name);
    if (known) return known;
    const found = version === 0 ? defaultOf(team) : await this.#read(sql, team, version);
    if (found) this.#versions.set(name, found);
    return found;
  }

  async #read(sql: Sql, team: Team, version: number): Promise<PolicyVersion | undefined> {
    const [row] = await sql.query<PolicyRow>("select * from policy where team = $1 and version = $2", [team.id, version]);
    return row && versionOf(row);
  }

  /** The newest versions, newest first. */
  async history(sql: Sql, team: Team, most = 50): Promise<PolicyVersion[]> {
    const rows = await sql.query<PolicyRow>("select * from policy where team = $1 order by version desc limit $2", [
      team.id,
      most,
    ]);
    return rows.map(versionOf);
  }

  /**
   * Adds a version and its events, in the caller's transaction, which has locked the team for update.
   * Who is connected hears of it from the event table.
   */
  async push(sql: Sql, team: Team, policy: Policy, author: string, note: string, now: number): Promise<PolicyVersion> {
    const before = this.prices((await this.current(sql, team)).policy, now);
    const version = team.policyVersion + 1;
    const at = new Date(now);
    await sql.query(
      "insert into policy (team, version, document, author, note, created_at) values ($1, $2, $3::jsonb, $4, $5, $6)",
      [team.id, version, JSON.stringify(policy), author, note, at],
    );
    await sql.query("update team set policy_version = $2 where id = $1", [team.id, version]);
    const pushed: PolicyVersion = { version, author, note, createdAt: at.toISOString(), policy };
    await appendEvent(sql, team.id, "policy", pushed, at);
    const { priceRef } = this.prices(policy, now);
    if (priceRef !== before.priceRef) await appendEvent(sql, team.id, "prices", { priceRef }, at);
    return pushed;
  }

  /** The rates in force under a policy at an instant (epoch ms). */
  prices(policy: Policy, at: number): PriceList {
    return this.#pricesOf(policy, at).list;
  }

  /** What a request is priced by under a policy at an instant (epoch ms). */
  priced(policy: Policy, ref: { provider: string; model: string }, at: number): Priced {
    const { list, found } = this.#pricesOf(policy, at);
    const name = `${ref.provider} ${ref.model}`;
    const known = found.get(name);
    if (known) return known;
    const priced = pricingOf(list, ref, policy);
    if (found.size >= MOST_FOUND) found.clear(); // names come from outside
    found.set(name, priced);
    return priced;
  }

  #pricesOf(policy: Policy, at: number): PolicyPrices {
    const catalogue = this.#catalogue().at(at);
    let lists = this.#prices.get(policy);
    if (!lists) {
      lists = new WeakMap();
      this.#prices.set(policy, lists);
    }
    let prices = lists.get(catalogue);
    if (!prices) {
      prices = { list: withPolicyPrices(catalogue, policy), found: new Map() };
      lists.set(catalogue, prices);
    }
    return prices;
  }
}

/** The prices under a policy, and those that were looked up, by provider and model. */
interface PolicyPrices {
  list: PriceList;
  found: Map<string, Priced>;
}
const MOST_FOUND = 1_000;

function defaultOf(team: Team): PolicyVersion {
  return {
    version: 0,
    author: "",
    note: "",
    createdAt: team.createdAt.toISOString(),
    policy: PolicySchema.parse({ timeZone: team.timeZone }),
  };
}

function versionOf({ version, document, author, note, created_at }: PolicyRow): PolicyVersion {
  return { version, author, note, createdAt: created_at.toISOString(), policy: PolicySchema.parse(document) };
}
