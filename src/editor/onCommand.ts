/** What runs only when somebody chooses its command: a bundle of its own, so that no window's start pays for it. */
export { takeTravelAdvance } from "./account/travel.ts";
export { chooseStart, setBudget } from "./budget/setBudget.ts";
export { Heat } from "./heat/heat.ts";
export { showAllowances } from "./meter/allowances.ts";
export { sendPrompt } from "./send/sendPrompt.ts";
export { choosePurpose } from "./work/choosePurpose.ts";
