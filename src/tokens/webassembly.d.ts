/** The part of WebAssembly's JavaScript API that counting uses: TypeScript has it only together with the browser's. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  /** Linear memory, in pages of 64 KiB. */
  class Memory {
    constructor(limits: { initial: number; maximum: number; shared: true });
    readonly buffer: SharedArrayBuffer;
    /** Answers the pages that there were before. @throws RangeError where there is no more */
    grow(pages: number): number;
  }
}
