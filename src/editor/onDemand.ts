import { createRequire } from "node:module";

/** A part of the extension that is loaded, with all that only it needs, when it is first asked for. */
export class OnDemand<T extends { dispose(): unknown }> {
  private readonly make: () => T;
  private made: T | undefined;

  constructor(make: () => T) {
    this.make = make;
  }

  get loaded(): T {
    this.made ??= this.make();
    return this.made;
  }

  dispose(): void {
    this.made?.dispose();
  }
}

/** What a bundle beside the extension's own exports. `M` is the module that the bundle is made from. */
export function loadBundle<M>(script: string): M {
  return createRequire(script)(script) as M;
}
