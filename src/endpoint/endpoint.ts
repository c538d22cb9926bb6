import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import * as z from "zod/mini";
import { bundledCatalogue } from "../prices/catalogue.ts";
import { CatalogueKeeper } from "./catalogueKeeper.ts";
import { addDoubtRoutes } from "./http/doubts.ts";
import { addGrantRoutes } from "./http/grants.ts";
import { Hub } from "./http/hub.ts";
import { answerError, sendProblem } from "./http/problem.ts";
import { addReportRoutes } from "./http/report.ts";
import { addRoutes } from "./http/routes.ts";
import { checkTexts } from "./http/texts.ts";
import { Advances } from "./ledger/advances.ts";
import { Doubts } from "./ledger/doubt.ts";
import { Grants } from "./ledger/grants.ts";
import { HotRows } from "./ledger/hotRows.ts";
import { Callers, isValidToken } from "./ledger/people.ts";
import { Policies } from "./ledger/policies.ts";
import { publishPrices } from "./ledger/repricing.ts";
import type { Store } from "./store/store.ts";
import { Webhook } from "./webhook.ts";

export interface EndpointOptions {
  store: Store;
  /** Epoch ms; by default the database's for the ledger, the system's for the rest. */
  clock?: () => number;
  /** Takes lines for the operator; silent by default. */
  log?: (line: string) => void;
  /** Where newer prices are got from, an https address; absent: nowhere, those that come with the product are in force. */
  catalogue?: string | undefined;
  /** Told of requests for more that wait for a lead: an https address that takes Slack's messages; absent: nobody. A secret. */
  webhook?: string | undefined;
  /** When rows that many wait for are split: by how long they are waited for, unless given. */
  hotRows?: HotRows;
}

export interface Endpoint {
  /** Listens; port 0 takes a free one. Returns the base URL. */
  listen(host?: string, port?: number): Promise<string>;
  /** Ends the event streams, finishes what is under way, and stops. The store stays open: it is the caller's. */
  close(): Promise<void>;
}

/** A sync has at most 500 entries of less than 3 KB. */
const LARGEST_BODY = 1_500_000;

/** How long a request may go on once closing began (ms). */
const LONGEST_CLOSE = 5000;

/** The team endpoint over a store. Several may serve one PostgreSQL database. */
export async function createEndpoint({
  store,
  clock: given,
  log = () => {},
  catalogue,
  webhook,
  hotRows = new HotRows(),
}: EndpointOptions): Promise<Endpoint> {
  const clock = given ?? Date.now;
  z.config(z.locales.en()); // zod/mini brings no words for its faults
  const keeper = new CatalogueKeeper({
    ...{ store, bundled: await bundledCatalogue(), address: catalogue, clock, log },
    changed: () => publishPrices(store, policies, clock()),
  });
  const policies = new Policies(() => keeper.catalogue);
  const ledgerClock = given && (async () => given());
  const advances = new Advances({ store, policies, hotRows, warn: log, ...(ledgerClock && { clock: ledgerClock }) });
  const hub = new Hub({ store, advances, isValid: ({ tokenId }) => isValidToken(store, tokenId), warn: log });
  const app = Fastify({ bodyLimit: LARGEST_BODY, forceCloseConnections: "idle", requestTimeout: 30_000 });
  app.removeContentTypeParser("text/plain");
  app.setErrorHandler((error, request, reply) => answerError(error as Parameters<typeof answerError>[0], request, reply, log));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, 404, `There is no ${request.method} ${request.url.split("?")[0]}. See /openapi.json.`),
  );
  app.addHook("preValidation", async (request) => {
    checkTexts(request.params);
    checkTexts(request.body);
  });
  app.addHook("preClose", async () => {
    hub.stop();
    await keeper.stop();
  });
  const parts = { store, policies, advances, callers: new Callers(), hub, clock };
  addRoutes(app, parts);
  addReportRoutes(app, parts);
  addDoubtRoutes(app, { ...parts, doubts: new Doubts(policies, ledgerClock) });
  addGrantRoutes(app, {
    ...parts,
    grants: new Grants(policies, ledgerClock),
    webhook: webhook === undefined ? undefined : new Webhook(webhook, log),
  });
  const close = closeWhenQuiet(app);
  await hub.start();
  await keeper.start();
  return {
    listen: async (host = "127.0.0.1", port = 0) => {
      await app.listen({ host, port });
      const { port: bound } = app.server.address() as AddressInfo;
      return `http://${host.includes(":") ? `[${host}]` : host}:${bound}`;
    },
    close,
  };
}

/** Counts requests under way. Returns how to close: as soon as none is left, whatever connections clients keep. */
function closeWhenQuiet(app: FastifyInstance): () => Promise<void> {
  let busy = 0;
  app.server.on("request", (_request, response) => {
    busy++;
    response.once("close", () => busy--);
  });
  return async () => {
    const giveUp = Date.now() + LONGEST_CLOSE;
    const sweep = setInterval(() => {
      if (busy === 0 || Date.now() > giveUp) app.server.closeAllConnections();
    }, 20);
    await app.close().finally(() => clearInterval(sweep));
  };
}
