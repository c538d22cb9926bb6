import type { FastifyInstance } from "fastify";
import type { Doubts } from "../ledger/doubt.ts";
import { leadIn, type Parts } from "./routes.ts";

export interface DoubtParts extends Parts {
  doubts: Doubts;
}

/** Money that silent machines hold: leads see it, and may write it off. */
export function addDoubtRoutes(app: FastifyInstance, parts: DoubtParts): void {
  const { store, doubts, hub } = parts;
  app.get("/v1/doubts", async (request) => {
    const { teamId } = await leadIn(request, parts, "Only a lead may see what other machines hold.");
    return doubts.list(store, teamId);
  });
  app.post("/v1/advances/:id/write-off", async (request) => {
    const lead = await leadIn(request, parts, "Only a lead may write money off.");
    const { id } = request.params as { id: string };
    const doubt = await store.transaction((sql) => doubts.writeOff(sql, lead, id));
    hub.figuresChanged(lead.teamId);
    return doubt;
  });
}
