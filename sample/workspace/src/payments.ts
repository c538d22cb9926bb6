export interface Payment {
  provider: "card" | "invoice";
  token: string;
}

/** Captures once per idempotency key, however often it is called. */
export async function capture(payment: Payment, cents: number, options: { idempotencyKey: string }): Promise<void> {
  const response = await fetch("https://payments.example/v1/captures", {
    method: "POST",
    headers: { "idempotency-key": options.idempotencyKey, "content-type": "application/json" },
    body: JSON.stringify({ token: payment.token, amount: cents }),
  });
  if (!response.ok) throw new Error(`payment refused: ${response.status}`);
}
