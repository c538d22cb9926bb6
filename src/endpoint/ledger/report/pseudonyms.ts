import { createHmac } from "node:crypto";
import type { CalendarDay } from "../../../budget/period/calendarDay.ts";
import type { Sql } from "../../store/store.ts";

/** No letters that are taken for others. */
const LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const LENGTH = 6;

/**
 * Names for people that last for a month: the same person has the same one within it, and no two months' can be brought together. They
 * are made with the team's key, which leaves the database in no answer, so nobody can try who is behind one.
 */
export class Pseudonyms {
  readonly #key: string;

  private constructor(key: string) {
    this.#key = key;
  }

  static async of(sql: Sql, team: string): Promise<Pseudonyms> {
    const [row] = await sql.query<{ pseudonym_key: string }>("select pseudonym_key from team where id = $1", [team]);
    return new Pseudonyms(row!.pseudonym_key);
  }

  /** `Developer 7KQM2P`. `day` is one of the month. */
  name(person: string, day: CalendarDay): string {
    const digest = createHmac("sha256", this.#key)
      .update(`${day.slice(0, 7)} ${person}`)
      .digest();
    return `Developer ${[...digest.subarray(0, LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join("")}`;
  }
}
