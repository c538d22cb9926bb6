import { type CalendarDay, daysFrom, daysLater, weekdayOf } from "../period/calendarDay.ts";
import { FEWEST } from "../policy/visibility.ts";

/** Whole weeks of which only the sum is shown. Both days belong to it. */
export interface Block {
  from: CalendarDay;
  to: CalendarDay;
}

/** The Monday of a day's week. */
export function mondayOf(day: CalendarDay): CalendarDay {
  return daysLater(day, -weekdayOf(day));
}

/** The first Monday of the quarter of a day's week: where the weeks that its block may hold begin, whatever was asked for. */
export function firstMondayOf(day: CalendarDay): CalendarDay {
  let monday = mondayOf(day);
  while (quarterOf(daysLater(monday, -7)) === quarterOf(monday)) monday = daysLater(monday, -7);
  return monday;
}

/**
 * The weeks in which enough people were active, each with those before it in which too few were. A quarter's last weeks may be in none.
 * What is shown follows from this, so it must not depend on what is asked for: the difference of two answers is then a sum of blocks.
 * @param active who was active, by the Monday of their weeks; all weeks since `firstMondayOf` the first
 * @param today weeks that are not over are in no block
 */
export function blocksOf(active: ReadonlyMap<CalendarDay, ReadonlySet<string>>, first: CalendarDay, today: CalendarDay): Block[] {
  const blocks: Block[] = [];
  let from = first;
  let people = new Set<string>();
  for (let monday = first; daysFrom(daysLater(monday, 6), today) > 0; monday = daysLater(monday, 7)) {
    if (quarterOf(from) !== quarterOf(monday)) [from, people] = [monday, new Set()];
    for (const person of active.get(monday) ?? []) people.add(person);
    if (people.size < FEWEST) continue;
    blocks.push({ from, to: daysLater(monday, 6) });
    [from, people] = [daysLater(monday, 7), new Set()];
  }
  return blocks;
}

function quarterOf(day: CalendarDay): string {
  return `${day.slice(0, 4)} ${Math.floor((Number(day.slice(5, 7)) - 1) / 3)}`;
}
