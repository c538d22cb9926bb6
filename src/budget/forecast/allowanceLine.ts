import type { Figures, MachineAllowance } from "../allowance/allowance.ts";
import { type Message, message } from "../message.ts";
import { type Nano, showAmount, type Unit } from "../money.ts";
import { percent } from "../share.ts";
import type { Forecast } from "./forecast.ts";
import { isSoon, isSure } from "./forecastText.ts";

/** How a person's days are called where there is little room, in their language and time zone. */
export interface ShortDays {
  /** Epoch ms, by the endpoint's clock. */
  now: number;
  /** `Thu`, `Dec 24`; the time of day where it is today. `at`: epoch ms. */
  short(at: number): string;
}

/** An allowance as short as can be, for a status bar or a shell's prompt: `$19 left · 38% · out Thu`, `used up · resets Dec 1`. */
export function allowanceLine(
  { unit, period }: MachineAllowance,
  { level, left: rest, overdrawn, share }: Figures,
  { runsOut }: Forecast,
  days: ShortDays,
): Message {
  if (level === "spent") return message("used up · resets {0}", days.short(Date.parse(period.resetsAt)));
  if (overdrawn > 0n)
    return message("{0} overdrawn · resets {1}", amountText(overdrawn, unit), days.short(Date.parse(period.resetsAt)));
  const [left, used] = [amountText(rest, unit), percent(share)];
  if (!runsOut) return message("{0} left · {1}", left, used);
  if (isSure(runsOut)) return message("{0} left · {1} · out {2}", left, used, days.short(runsOut.at));
  if (isSoon(runsOut, days.now)) return message("{0} left · {1} · out soon", left, used);
  return message("{0} left · {1} · out ~{2}", left, used, days.short(runsOut.at));
}

/** An amount of an allowance with its unit: `$19`, `1.5M tokens`. */
export function amountText(nano: Nano, unit: Unit): string {
  return unit === "tokens" ? `${showAmount(nano, "tokens")} tokens` : showAmount(nano, "usd");
}
