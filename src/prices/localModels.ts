import type { ModelPrice } from "./rates.ts";

/** A model that runs on this machine. */
export interface LocalModel {
  /** Who serves it, e.g. `ollama`. */
  provider: string;
  model: string;
}

/** Its price: a request more costs nothing. */
export function localPrice({ provider, model }: LocalModel): ModelPrice {
  return { provider, model, name: model, rates: { input: "0", output: "0" }, source: "local" };
}
