import { priceList } from "../prices/priceRef.ts";
import type { ModelPrice, PicoUsd, PriceList } from "../prices/rates.ts";
import { divideHalfUp, parseAmount } from "./money.ts";
import { matchesModel, type Policy } from "./policy.ts";

type ContractPrice = Policy["prices"][number];

/**
 * The list with the team's own prices (USD per million tokens) in it: a pattern replaces the rates of every model it matches,
 * a plain `provider/model` or `model` that is not listed is added (`custom` is the provider where none is named). The last of several that match counts.
 * Where the contract names no cache rate, cached tokens cost what input costs.
 */
export function withPolicyPrices(list: PriceList, policy: Policy): PriceList {
  if (policy.prices.length === 0) return list;
  return priceList(list.asOf, policy.prices.reduce(withContract, list.models));
}

function withContract(models: ModelPrice[], contract: ContractPrice): ModelPrice[] {
  const rates = ratesOf(contract);
  if (!contract.model.includes("*") && !models.some((model) => matchesModel(contract.model, model)))
    return [...models, { ...refOf(contract.model), name: refOf(contract.model).model, rates, source: "policy" }];
  return models.map((model) => (matchesModel(contract.model, model) ? replaceRates(model, rates) : model));
}

/** A contract's price is flat: the catalogue's tiers go with its rates. */
function replaceRates({ tiers: _, ...model }: ModelPrice, rates: ModelPrice["rates"]): ModelPrice {
  return { ...model, rates, source: "policy" };
}

function refOf(name: string): { provider: string; model: string } {
  const slash = name.indexOf("/");
  return slash > 0 ? { provider: name.slice(0, slash), model: name.slice(slash + 1) } : { provider: "custom", model: name };
}

function ratesOf({ input, output, cacheRead, cacheWrite }: ContractPrice): ModelPrice["rates"] {
  return {
    input: picoPerToken(input),
    output: picoPerToken(output),
    ...(cacheRead !== undefined && { cacheRead: picoPerToken(cacheRead) }),
    ...(cacheWrite !== undefined && { cacheWrite5m: picoPerToken(cacheWrite), cacheWrite1h: picoPerToken(cacheWrite) }),
  };
}

/** Nano-USD per million tokens are a thousand times pico-USD per token; finer contracts are rounded half up. */
function picoPerToken(usdPerMillion: string): PicoUsd {
  return divideHalfUp(parseAmount(usdPerMillion), 1000n).toString();
}
