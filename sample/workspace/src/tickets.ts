import type { Booking } from "./booking";

const HARBOURS = { Skagen: "Europe/Copenhagen", Oban: "Europe/London", "Port Townsend": "America/Los_Angeles" } as const;
export type Harbour = keyof typeof HARBOURS;

/** What is printed on a ticket: the departure in the harbour's own time zone. */
export function ticketText(booking: Booking, harbour: Harbour, departure: Date): string {
  const when = departure.toLocaleString("en-GB", { timeZone: HARBOURS[harbour], dateStyle: "full", timeStyle: "short" });
  return [`Fernway ${booking.id.slice(0, 8)}`, `${harbour}, ${when}`, `${booking.seats} seats`, price(booking.priceInCents)].join("\n");
}

function price(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")} EUR`;
}
