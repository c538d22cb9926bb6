import { amountText } from "../../budget/forecast/allowanceLine.ts";
import { parseAmount } from "../../budget/money.ts";
import type { Doubt } from "../../protocol/endpoint.ts";
import { instant } from "../meter/time.ts";
import type { Reader } from "../words.ts";
import type { DoubtCard } from "./protocol.ts";

/** Money that a silent machine holds, in words. */
export function doubtCardOf(doubt: Doubt, reader: Reader): DoubtCard {
  const { t } = reader;
  const text = doubtText(doubt, reader);
  const [heard, ends] = [doubt.lastHeard, doubt.endsAt].map((at) => instant(Date.parse(at), reader));
  const since = t("silent since {0}, free on {1} in any case", heard!, ends!);
  return { id: doubt.id, text, since, writeOff: t("Write off: {0}", text) };
}

/** `$8 of Your month, Team pool: a machine of Kim Ortega`. */
export function doubtText({ held, unit, allowances, person }: Doubt, { t }: Reader): string {
  const amount = amountText(parseAmount(held), unit);
  return person
    ? t("{0} of {1}: a machine of {2}", amount, allowances.join(", "), person.name)
    : t("{0} of {1}: a machine", amount, allowances.join(", "));
}
