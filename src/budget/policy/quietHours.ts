import * as z from "zod/mini";
import { field } from "../fields.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
type Day = (typeof DAYS)[number];

const Clock = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/));

/** Hours in which nobody should have to pay, or wait, for a machine that runs unattended. */
export const QuietHoursSchema = z.strictObject({
  from: field("When they begin, by the clocks of the team's time zone, e.g. `22:00`.", Clock),
  to: field("When they end, on the next day where that is not later; the same as `from`: a whole day.", Clock),
  days: field("The days on which they begin; absent: every day.", z.optional(z.array(z.enum(DAYS)).check(z.minLength(1)))),
  effect: field("What happens to requests then: ask, or refuse.", z._default(z.enum(["confirm", "block"]), "confirm")),
});
export type QuietHours = z.infer<typeof QuietHoursSchema>;

/** Those of several quiet hours in which the instant `at` (epoch ms) lies, by the clocks of a time zone: as they show it, also on the days when they are set. */
export function quietAt(hours: readonly QuietHours[], timeZone: string, at: number): QuietHours[] {
  if (hours.length === 0) return [];
  const { day, time } = clockAt(timeZone, at);
  const dayBefore = DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length]!;
  return hours.filter(({ from, to, days = DAYS }) => {
    const began = days.includes(day) && time >= from && (to <= from || time < to);
    const goesOn = days.includes(dayBefore) && to <= from && time < to;
    return began || goesOn;
  });
}

/** A formatter takes some 50 µs to make, and requests are judged at every keystroke. */
let last: { timeZone: string; format: Intl.DateTimeFormat } | undefined;

function clockAt(timeZone: string, at: number): { day: Day; time: string } {
  if (last?.timeZone !== timeZone) {
    const options = { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    last = { timeZone, format: new Intl.DateTimeFormat("en-US", options) };
  }
  const parts = new Map(last.format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: parts.get("weekday")!.toLowerCase() as Day, time: `${parts.get("hour")}:${parts.get("minute")}` };
}
