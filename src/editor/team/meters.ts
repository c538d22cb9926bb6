import { type Allowance, type Figures, figuresOf, type MachineAllowance } from "../../budget/allowance/allowance.ts";
import { amountText } from "../../budget/forecast/allowanceLine.ts";
import { forecastOf } from "../../budget/forecast/forecast.ts";
import { forecastText } from "../../budget/forecast/forecastText.ts";
import type { SpendPattern } from "../../budget/forecast/spendPattern.ts";
import { showAmount } from "../../budget/money.ts";
import { percent } from "../../budget/share.ts";
import type { TeamGlance } from "../../protocol/report.ts";
import { dayName, onDay, resetsIn } from "../meter/time.ts";
import { type Reader, say } from "../words.ts";
import type { MeterRow } from "./protocol.ts";

/** What the team shares, then people by how close they are to a limit: each in the allowance that is the closest. */
export function metersOf({ people, shared, timeZone }: TeamGlance, reader: Reader): MeterRow[] {
  const pools = shared.map((one) => ({ name: one.name, ...standingOf(one, undefined, timeZone, reader) }));
  const rows = people.flatMap(({ name, allowances, patterns }) => {
    const standings = allowances.map((one) => standingOf(one, patterns[one.id], timeZone, reader));
    const [tightest] = standings.sort(closestFirst);
    return tightest ? [{ name, ...tightest }] : [];
  });
  return [...pools.sort(closestFirst), ...rows.sort(closestFirst)].map(({ figures, ...row }) => row);
}

type Standing = Omit<MeterRow, "name"> & { figures: Figures };

function closestFirst(a: Standing, b: Standing): number {
  return b.figures.share - a.figures.share;
}

/** From a lead's seat only what was spent is used: what a machine holds beforehand comes back. */
function standingOf(allowance: Allowance, pattern: SpendPattern | undefined, timeZone: string, reader: Reader): Standing {
  const { unit, name, held, period } = allowance;
  const isShared = allowance.per === "team";
  const seen: MachineAllowance = { ...allowance, ownFree: held };
  const figures = figuresOf(seen);
  const days = { now: reader.now, on: (at: number) => onDay(at, reader), name: (at: number) => dayName(at, reader) };
  const words = forecastText(forecastOf(seen, reader.now, { pattern, timeZone }, figures), days);
  const reset = resetsIn(Date.parse(period.resetsAt), reader);
  return {
    figures,
    ...{
      allowance: isShared ? reader.t("shared by the team") : name,
      isShared,
      level: figures.level,
      fraction: Math.min(1, figures.share),
    },
    used: reader.t("{0} of {1}", showAmount(figures.used, unit), amountText(figures.limit, unit)),
    percent: percent(figures.share),
    pace: paceText(figures, words && say(reader.t, words), reset, reader),
  };
}

function paceText({ level, used }: Figures, words: string | undefined, reset: string, { t }: Reader): string {
  if (level === "spent") return t("used up, {0}", reset);
  if (used === 0n) return t("not used yet");
  return words ?? reset;
}

/** How many have used everything, and how many are close to that. */
export function standingText(meters: readonly MeterRow[], { t }: Reader): string {
  const people = meters.filter(({ isShared }) => !isShared);
  const count = (level: MeterRow["level"]) => people.filter((one) => one.level === level).length;
  const [spent, soft] = [count("spent"), count("soft")];
  if (people.length === 0) return "";
  const used = spent === 1 ? t("1 person has used everything") : t("{0} people have used everything", spent);
  const close = soft === 1 ? t("1 person is close to the limit") : t("{0} people are close to the limit", soft);
  const said = [...(spent > 0 ? [used] : []), ...(soft > 0 ? [close] : [])];
  return said.length > 0 ? said.join(", ") : t("Nobody is close to a limit");
}
