/** A model at a provider. */
export interface ModelRef {
  provider: string;
  model: string;
}
