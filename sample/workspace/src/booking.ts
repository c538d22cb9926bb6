import { z } from "zod";
import { capture, type Payment } from "./payments";

export const BookingRequest = z.object({
  sailing: z.string().uuid(),
  seats: z.number().int().min(1).max(12),
  email: z.string().email(),
});
export type BookingRequest = z.infer<typeof BookingRequest>;

export interface Booking extends BookingRequest {
  id: string;
  state: "reserved" | "confirmed" | "released";
  priceInCents: number;
}

/** Reserves the seats, captures the payment, then confirms: in this order, so that nobody pays for a seat that is gone. */
export async function book(request: BookingRequest, pay: Payment, store: BookingStore): Promise<Booking> {
  const reserved = await store.reserve(request);
  try {
    await capture(pay, reserved.priceInCents, { idempotencyKey: reserved.id });
  } catch (error) {
    await store.release(reserved.id);
    throw error;
  }
  return store.confirm(reserved.id);
}

export interface BookingStore {
  reserve(request: BookingRequest): Promise<Booking>;
  confirm(id: string): Promise<Booking>;
  release(id: string): Promise<void>;
}
