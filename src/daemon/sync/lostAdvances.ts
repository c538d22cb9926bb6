import { type Allowance, isGeneral } from "../../budget/allowance/allowance.ts";
import type { Unit } from "../../budget/money.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AdvanceLine } from "./advanceLine.ts";

/** Advances whose messages the endpoint will never take: what they have spent and could not report is reported by current ones. */
export class LostAdvances {
  readonly #ledger: Ledger;
  readonly #account: string;
  readonly #lineFor: (drawn: { unit: Unit; keys: string[] }) => AdvanceLine;
  /** How often the allowances were read. */
  #readings = 0;
  /** In which reading an advance was found lost. */
  readonly #lostAt = new WeakMap<AdvanceLine, number>();

  /** @param lineFor the current advance of some allowances */
  constructor(ledger: Ledger, account: string, lineFor: (drawn: { unit: Unit; keys: string[] }) => AdvanceLine) {
    this.#ledger = ledger;
    this.#account = account;
    this.#lineFor = lineFor;
  }

  /** The allowances were read anew. */
  allowancesRead(): void {
    this.#readings++;
  }

  /**
   * What lost advances have spent and cannot report any more is charged to current ones, with its entries. Waits until the allowances
   * were read anew since, because stale ones may be why it was lost. Answers whether there is something new to tell.
   */
  rescue(lines: readonly AdvanceLine[], current: readonly Allowance[]): boolean {
    let moved = false;
    for (const line of lines.filter(({ isLost }) => isLost)) {
      const lostAt = this.#lostAt.get(line) ?? this.#readings;
      this.#lostAt.set(line, lostAt);
      if (this.#readings > lostAt || !isCurrent(line, current)) moved = this.#chargeTo(current, line) || moved;
    }
    return moved;
  }

  #chargeTo(current: readonly Allowance[], line: AdvanceLine): boolean {
    const [ledger, account] = [this.#ledger, this.#account];
    const { unit, keys } = line.advance;
    const drawn = (of: Unit) => currentKeys(current, of, keys);
    const other: Unit = unit === "usd" ? "tokens" : "usd";
    const heir = [unit, other].find((one) => drawn(one).length > 0);
    const inherited = heir === undefined ? [] : drawn(heir);
    const target = heir && this.#lineFor({ unit: heir, keys: inherited }); // it may not be there: then all stays as it is
    const unreported = line.surrender();
    const entries = ledger.undelivered(account, line.id, -1).map((entry) => {
      const kept = entry.allowances.flatMap((key) => current.find(({ id }) => id === ruleOf(key))?.key ?? []);
      return { ...entry, allowances: [...new Set([...kept, ...inherited])] };
    });
    if (!target) {
      // The team has no allowance any more: the entries stay here.
      const handover = { from: line.id, to: undefined, charged: 0n, entries };
      ledger.handOver(account, handover, [{ advance: line.stored, finished: line.isFinished }]);
      return false;
    }
    const charged = heir === unit ? unreported : 0n;
    target.settle(line.id, charged);
    ledger.handOver(account, { from: line.id, to: target.id, charged, entries }, [
      { advance: line.stored, finished: line.isFinished },
      { advance: target.stored, finished: false },
    ]);
    return unreported > 0n || entries.length > 0;
  }
}

/** Whether all that an advance draws on is among the allowances of now. */
export function isCurrent(line: AdvanceLine, current: readonly Allowance[]): boolean {
  return line.advance.keys.every((key) => current.some((allowance) => allowance.key === key));
}

/** The allowance's id, of which a key names one period: `rule|subject|period`. */
function ruleOf(key: string): string {
  return key.slice(0, key.indexOf("|"));
}

/** What stands today for the allowances of `keys`: those of the same rules, and those that count every request, unless all were of a purpose. */
export function currentKeys(current: readonly Allowance[], unit: Unit, keys: readonly string[]): string[] {
  const rules = new Set(keys.map(ruleOf));
  const same = current.filter(({ id }) => rules.has(id));
  const ofPurpose = same.length > 0 && same.every(({ purposes }) => purposes);
  return current
    .filter((one) => one.unit === unit && ((!ofPurpose && isGeneral(one)) || rules.has(one.id)))
    .map(({ key }) => key);
}
