import { scopeOf } from "../budget/allowance/allowance.ts";
import type { Policy } from "../budget/policy/policy.ts";
import { applicable } from "../budget/verdict/verdict.ts";
import { bundledCatalogue } from "../prices/catalogue.ts";
import type { Entry, Person, PolicyVersion } from "../protocol/endpoint.ts";
import { type Slot, slotsOf } from "./ledger/allowances.ts";
import { Book } from "./ledger/book.ts";
import { newest, storedCatalogue } from "./ledger/catalogueStore.ts";
import { bookImported } from "./ledger/entries.ts";
import { setLimits } from "./ledger/limits.ts";
import { addMember, addToken, revokeTokens, setRole } from "./ledger/membership.ts";
import { publishNotice, publishRecalls } from "./ledger/notice.ts";
import { newId, personOf } from "./ledger/people.ts";
import { findTeam, Policies } from "./ledger/policies.ts";
import { pushPolicy } from "./ledger/push.ts";
import { recallsAfterChange } from "./ledger/recalls.ts";
import { Rows, RowsMissing } from "./ledger/rows.ts";
import { type Verification, verify } from "./ledger/verify.ts";
import type { Sql, Store } from "./store/store.ts";

/** What an administrator asked for cannot be done; the message says why and what to do. */
export class AdminError extends Error {
  override name = "AdminError";
}

const IMPORTED_AT_ONCE = 1000;

/** Administration straight on the store: for the command line, the sample team and tests. */
export class Admin {
  readonly #store: Store;
  readonly #policies: Policies;
  readonly #clock: () => number;

  private constructor(store: Store, policies: Policies, clock: () => number) {
    this.#store = store;
    this.#policies = policies;
    this.#clock = clock;
  }

  static async over(store: Store, clock: () => number = Date.now): Promise<Admin> {
    const catalogue = newest(await bundledCatalogue(), (await storedCatalogue(store)).catalogue);
    return new Admin(store, new Policies(() => catalogue), clock);
  }

  async teams(): Promise<{ id: string; name: string }[]> {
    return this.#store.query("select id, name from team order by name");
  }

  /** @throws AdminError when the name is taken or the time zone is not known */
  async createTeam({ name, timeZone = "UTC" }: { name: string; timeZone?: string }): Promise<{ id: string }> {
    checkTimeZone(timeZone);
    const id = newId("t");
    const rows = await this.#store.query(
      "insert into team (id, name, time_zone, created_at) values ($1, $2, $3, $4) on conflict do nothing returning id",
      [id, name, timeZone, this.#now()],
    );
    if (rows.length === 0) throw new AdminError(`There is a team called ${name} already.`);
    return { id };
  }

  /** `team` is an id or a name. @throws AdminError when the team is unknown or the e-mail address is taken in it */
  async addPerson(person: { team: string; name: string; email: string; role: Person["role"] }): Promise<Person> {
    const team = await this.#teamId(person.team);
    const added = await this.#store.transaction((sql) => addMember(sql, team, person, this.#now()));
    if (!added) throw new AdminError(`${person.email} is in the team already.`);
    return added;
  }

  /** Makes a person (by id or e-mail address) a lead or a developer. The limits of their role are theirs at once. */
  async setRole(person: string, role: Person["role"]): Promise<void> {
    const found = await this.findPerson(person);
    const now = this.#clock();
    const recalls = await this.#store.transaction(async (sql) => {
      const team = await findTeam(sql, found.team, "update");
      if (!(await setRole(sql, found, role, new Date(now)))) return undefined;
      const policy = await this.#policies.current(sql, team);
      await setLimits(sql, team.id, policy, now, found.id);
      return recallsAfterChange(sql, team, this.#policies, now);
    });
    if (!recalls) return;
    await publishNotice(this.#store, { team: found.team, kind: "person", person: found.id });
    await publishRecalls(this.#store, found.team, recalls);
  }

  /** A new token for a person (by id or e-mail address). Only its hash is stored, so this is the one time it is seen. */
  async createToken(person: string): Promise<{ id: string; token: string }> {
    const found = await this.findPerson(person);
    return this.#store.transaction((sql) => addToken(sql, found, this.#now()));
  }

  /** Revokes a token by its id, or all of a person's by their e-mail address. Their machines may still report what they spent. Returns how many. */
  async revokeTokens(which: string): Promise<number> {
    return this.#store.transaction((sql) => revokeTokens(sql, which, this.#now()));
  }

  /** @throws AdminError for nobody, and for an e-mail address that is in several teams */
  async findPerson(idOrEmail: string): Promise<Person & { team: string }> {
    const rows = await this.#store.query<{ id: string; team: string; name: string; email: string | null; role: Person["role"] }>(
      "select * from person where id = $1 or lower(email) = lower($1)",
      [idOrEmail],
    );
    if (!rows[0]) throw new AdminError(`Nobody has the e-mail address or id ${idOrEmail}. Add them with: person add`);
    if (rows.length > 1)
      throw new AdminError(`${idOrEmail} is in several teams; name one of them by id: ${rows.map(({ id }) => id).join(", ")}`);
    return { ...personOf(rows[0]), team: rows[0].team };
  }

  /** Pushes a policy over whatever is in force; everybody connected hears of it. */
  async pushPolicy(
    team: string,
    policy: Policy,
    { author, note = "" }: { author: string; note?: string },
  ): Promise<PolicyVersion> {
    const id = await this.#teamId(team);
    const pushed = await this.#store.transaction(async (sql) => {
      const locked = await findTeam(sql, id, "update");
      return pushPolicy(sql, this.#policies, locked, { policy, author, actor: null, note }, this.#clock());
    });
    await publishNotice(this.#store, { team: id, kind: "events" });
    return pushed;
  }

  /**
   * Writes a person's requests of the past: as entries, at the endpoint's prices, and as spend in those of the current periods'
   * allowances that they belong to. Entries that are there already are left alone. Returns how many were new.
   */
  async importEntries(person: string, entries: readonly Entry[]): Promise<number> {
    const { id, team } = await this.findPerson(person);
    const rows = new Rows(this.#store, this.#policies, async () => this.#clock());
    let count = 0;
    for (let start = 0; start < entries.length; start += IMPORTED_AT_ONCE)
      count += await rows.provide(() =>
        this.#store.transaction((sql) => this.#import(sql, team, id, entries.slice(start, start + IMPORTED_AT_ONCE))),
      );
    if (count > 0) await publishNotice(this.#store, { team, kind: "figures" });
    return count;
  }

  async #import(sql: Sql, teamId: string, personId: string, entries: readonly Entry[]): Promise<number> {
    const now = this.#clock();
    const team = await findTeam(sql, teamId, "share");
    const { policy } = await this.#policies.current(sql, team);
    const person = await personIn(sql, personId);
    const slots = slotsOf(policy, team.id, person, now);
    const book = new Book(team.id);
    await book.lockRows(
      sql,
      slots.map(({ key }) => key),
    );
    if (slots.some(({ key }) => !book.row(key))) throw new RowsMissing(team.id, [person]);
    const settled = entries.map((entry) => {
      const allowances = slots.filter((slot) => drawsOn(entry, slot, policy)).map(({ key }) => key);
      return { entry: { ...entry, allowances }, person: personId, advance: null };
    });
    const count = await bookImported(sql, { book, team, policies: this.#policies, now }, settled);
    await book.write(sql, now);
    return count;
  }

  /** Rebuilds all balances and compares them with the cached ones. */
  verify(): Promise<Verification> {
    return this.#store.transaction(async (sql) => {
      await sql.query("set transaction isolation level repeatable read");
      return verify(sql);
    });
  }

  async #teamId(idOrName: string): Promise<string> {
    const [row] = await this.#store.query<{ id: string }>("select id from team where id = $1 or name = $1", [idOrName]);
    if (!row) throw new AdminError(`There is no team ${idOrName}. Create it with: team create`);
    return row.id;
  }

  #now(): Date {
    return new Date(this.#clock());
  }
}

async function personIn(sql: Sql, id: string): Promise<Person> {
  const [row] = await sql.query<{ id: string; name: string; email: string | null; role: Person["role"] }>(
    "select * from person where id = $1",
    [id],
  );
  return personOf(row!);
}

function drawsOn(entry: Entry, { rule, period }: Slot, policy: Policy): boolean {
  const at = Date.parse(entry.at);
  if (at < Date.parse(period.start) || at >= Date.parse(period.resetsAt)) return false;
  return applicable([scopeOf(rule, policy)], entry, entry).length > 0;
}

function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    throw new AdminError(`${timeZone} is not an IANA time zone, such as Europe/Copenhagen.`);
  }
}
