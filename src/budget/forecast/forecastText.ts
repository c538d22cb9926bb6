import { type Message, message } from "../message.ts";
import { percent } from "../share.ts";
import type { Forecast } from "./forecast.ts";

const DAY_MS = 86_400_000;
/** A date of which nine of ten cases lie within three days is told as it is, any other as about. */
const SURE = 3 * DAY_MS;

/** How a person's days are called, in their language and time zone; `at` is epoch ms. */
export interface DayWords {
  now: number;
  /** `today`, `tomorrow`, `on Thursday`, `on December 24`. */
  on(at: number): string;
  /** `Thursday`, `December 24`. */
  name(at: number): string;
}

/** Where an allowance will be at its reset, in words; undefined where nothing can be said. */
export function forecastText({ outlook, share, runsOut }: Forecast, days: DayWords): Message | undefined {
  if (outlook === "lasts") return message("on pace: about {0} by the reset", percent(share!));
  if (outlook === "close") return message("on pace: it may just last until the reset");
  if (!runsOut) return undefined;
  if (isSure(runsOut)) return message("on pace to run out {0}", days.on(runsOut.at));
  if (isSoon(runsOut, days.now)) return message("on pace to run out within days");
  return message("on pace to run out around {0}", days.name(runsOut.at));
}

/** Whether the day is as good as certain. */
export function isSure({ early, late }: NonNullable<Forecast["runsOut"]>): boolean {
  return late - early <= SURE;
}

/** Whether it is so near that a day which is not certain had better not be named. `now`: epoch ms. */
export function isSoon({ at }: NonNullable<Forecast["runsOut"]>, now: number): boolean {
  return at - now < 2 * DAY_MS;
}
