import { matchesModel } from "../../prices/pattern.ts";
import { priceList } from "../../prices/priceRef.ts";
import type { ModelPrice, PicoUsd, PriceList, Rates } from "../../prices/rates.ts";
import { divideHalfUp, parseAmount } from "../money.ts";
import type { Policy } from "../policy/policy.ts";

type ContractPrice = Policy["prices"][number];

/**
 * The list with the team's own prices (USD per million tokens) in it: a pattern replaces the rates of every model it matches, and
 * holds for models that are not listed; a plain `provider/model` or `model` that is not listed is added (`custom` is the provider
 * where none is named). The last of several that match counts. Where the contract names no cache rate, cached tokens cost what
 * input costs. What costs nothing, in and out, is a model of one's own.
 */
export function withPolicyPrices(list: PriceList, policy: Policy): PriceList {
  if (policy.prices.length === 0) return list;
  const { asOf, catalogue } = list;
  const models = policy.prices.reduce(withContract, list.models);
  const patterns = policy.prices
    .filter(({ model }) => model.includes("*"))
    .map((contract) => priced(contract, refOf(contract.model)));
  return priceList({ asOf, catalogue, models, ...(patterns.length > 0 && { patterns }) });
}

function withContract(models: ModelPrice[], contract: ContractPrice): ModelPrice[] {
  if (!contract.model.includes("*") && !models.some((model) => matchesModel(contract.model, model)))
    return [...models, priced(contract, refOf(contract.model))];
  return models.map((model) => (matchesModel(contract.model, model) ? replacePrice(model, contract) : model));
}

/** A contract's price is flat: the catalogue's tiers and hours go with its rates. Discounts and premiums for a tier of service stay. */
function replacePrice({ tiers: _tiers, hours: _hours, ...model }: ModelPrice, contract: ContractPrice): ModelPrice {
  const { rates, source, calls } = priced(contract, model);
  return { ...model, rates, source, ...((calls ?? model.calls) && { calls: { ...model.calls, ...calls } }) };
}

function priced(contract: ContractPrice, ref: { provider: string; model: string }): ModelPrice {
  const rates = ratesOf(contract);
  const calls = Object.entries(contract.calls ?? {}).map(([name, usd]) => [name, picoPerCall(usd)]);
  return {
    provider: ref.provider,
    model: ref.model,
    name: ref.model,
    rates,
    ...(calls.length > 0 && { calls: Object.fromEntries(calls) }),
    source: isFree(contract) ? "local" : "policy",
  };
}

function isFree({ input, output }: ContractPrice): boolean {
  return parseAmount(input) === 0n && parseAmount(output) === 0n;
}

function refOf(name: string): { provider: string; model: string } {
  if (name.includes("*")) return { provider: "custom", model: name };
  const slash = name.indexOf("/");
  return slash > 0 ? { provider: name.slice(0, slash), model: name.slice(slash + 1) } : { provider: "custom", model: name };
}

function ratesOf({ input, output, cacheRead, cacheWrite, cacheWrite1h = cacheWrite }: ContractPrice): Rates {
  return {
    input: picoPerToken(input),
    output: picoPerToken(output),
    ...(cacheRead !== undefined && { cacheRead: picoPerToken(cacheRead) }),
    ...(cacheWrite !== undefined && { cacheWrite5m: picoPerToken(cacheWrite) }),
    ...(cacheWrite1h !== undefined && { cacheWrite1h: picoPerToken(cacheWrite1h) }),
  };
}

/** Nano-USD per million tokens are a thousand times pico-USD per token; finer contracts are rounded half up. */
function picoPerToken(usdPerMillion: string): PicoUsd {
  return divideHalfUp(parseAmount(usdPerMillion), 1000n).toString();
}

/** Nano-USD per thousand calls are as many pico-USD per call. */
function picoPerCall(usdPerThousand: string): PicoUsd {
  return parseAmount(usdPerThousand).toString();
}
