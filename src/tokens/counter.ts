import { nextBoundary } from "./boundary.ts";
import { type EncodingName, VOCABULARIES } from "./encoding.ts";

/** Counts the tokens of one encoding, exactly as OpenAI's tiktoken does with ordinary text. */
export interface Counter {
  readonly encoding: EncodingName;
  /**
   * Tokens of `text`: strings such as `<|endoftext|>` are plain text, a lone surrogate counts as U+FFFD. Time grows about linearly with
   * the text, whatever it is.
   * @throws RangeError where there is no memory for 15 times the longest stretch that nowhere can be cut; the most is 70 million characters
   */
  count(text: string): number;
  /** The pieces that the encoding merges within, never across. */
  split(text: string): string[];
  /** Bytes of memory that it takes: some 10 MB, more after text with megabytes that nowhere can be cut. */
  readonly memory: number;
  /** What a counter in another thread needs to use the same tables (`joinCounter`). */
  share(): SharedTables;
}

/** An encoding's tables in a memory that several threads can have; `postMessage` can send it. */
export interface SharedTables {
  encoding: EncodingName;
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  sizes: TableSizes;
}

/** What a packed table begins with. */
interface TableSizes {
  tokens: number;
  groups: number;
  packed: number;
  blocks: number;
  tails: number;
}

/** Reads a file that the build makes for counting (`dist/tokens`), e.g. `counter.wasm` or `o200k_base.bin`. */
export type ReadTokenFile = (name: string) => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;

/** What the module exports (src/tokens/wasm/index.ts). Addresses and sizes are in bytes. */
interface Exports {
  placeTables(base: number, tokens: number, groups: number, blocks: number, tails: number, packed: number): number;
  placeScratch(base: number, capacity: number): number;
  useTables(tokens: number, groups: number): void;
  openTables(index: number, blocks: number): void;
  readAll(): void;
  usePattern(number: number): void;
  packed(): number;
  input(): number;
  countTokens(size: number): number;
  pieceAt(from: number, size: number): number;
}

const PAGE = 65_536;
/** The most that 32-bit addresses and `scripts/tokens.ts` allow the module: a gigabyte. */
const MAX_PAGES = 16_384;
/** Where a packed table's planes begin. */
const HEAD = 20;
/** Text is counted in stretches of about this many characters (cut where no piece crosses), so that one small buffer does. */
const STRETCH = 1 << 15;
/** Never more than 3 bytes for a UTF-16 unit. */
const BYTES_PER_UNIT = 3;

/** Loads an encoding's counter. @throws what `read` throws */
export async function loadCounter(encoding: EncodingName, read: ReadTokenFile): Promise<Counter> {
  const [code, table] = await Promise.all([read("counter.wasm"), read(`${VOCABULARIES[encoding].file}.bin`)]);
  return createCounter(encoding, code, table);
}

/** A counter of its own tables, from a packed table: some 5 ms. */
export function createCounter(encoding: EncodingName, code: Uint8Array<ArrayBuffer>, table: Uint8Array<ArrayBuffer>): Counter {
  const sizes = sizesOf(table);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  const index = HEAD + sizes.packed;
  const shared = { encoding, module: new WebAssembly.Module(code), memory, sizes };
  const { exports, counter } = attach(shared, table.length - index);
  const heap = new Uint8Array(memory.buffer);
  heap.set(table.subarray(HEAD, index), exports.packed());
  heap.set(table.subarray(index), exports.input());
  exports.openTables(exports.input(), sizes.blocks);
  return counter;
}

function sizesOf(table: Uint8Array): TableSizes {
  const head = new DataView(table.buffer, table.byteOffset, HEAD);
  const [tokens, groups, packed, blocks, tails] = [0, 4, 8, 12, 16].map((at) => head.getUint32(at, true));
  return { tokens: tokens!, groups: groups!, packed: packed!, blocks: blocks!, tails: tails! };
}

/** A counter for this thread, of tables that another thread has built. */
export function joinCounter(shared: SharedTables): Counter {
  return attach(shared).counter;
}

/** Makes an instance of the module, with room for at least `capacity` bytes of input. */
function attach(shared: SharedTables, capacity = 0): { exports: Exports; counter: Counter } {
  const { encoding, module, memory, sizes } = shared;
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  const encoder = new TextEncoder();
  let input: Uint8Array = new Uint8Array();

  /** Gives the instance scratch space for texts of `bytes` bytes. Other threads grow the same memory: each has what its own growth added. */
  function reserve(bytes: number): void {
    const pages = Math.ceil(exports.placeScratch(0, bytes) / PAGE);
    exports.placeScratch(memory.grow(pages) * PAGE, bytes);
    input = new Uint8Array(memory.buffer, exports.input(), bytes);
  }

  function write(text: string): number {
    const most = text.length * BYTES_PER_UNIT;
    if (most > input.length) reserve(Math.max(most, 2 * input.length));
    return encoder.encodeInto(text, input).written;
  }

  const { tokens, groups, blocks, tails, packed } = sizes;
  const tablesEnd = exports.placeTables(PAGE, tokens, groups, blocks, tails, packed);
  if (memory.buffer.byteLength < tablesEnd) memory.grow(Math.ceil(tablesEnd / PAGE) - memory.buffer.byteLength / PAGE);
  exports.useTables(tokens, groups);
  exports.usePattern(VOCABULARIES[encoding].pattern);
  reserve(Math.max((STRETCH + 1024) * BYTES_PER_UNIT, capacity));

  const counter: Counter = {
    encoding,
    get memory() {
      return memory.buffer.byteLength;
    },
    count(text) {
      if (text.length <= STRETCH) return exports.countTokens(write(text));
      let tokens = 0;
      for (let start = 0; start < text.length; ) {
        const end = nextBoundary(encoding, text, start + STRETCH);
        tokens += exports.countTokens(write(text.slice(start, end)));
        start = end;
      }
      return tokens;
    },
    split(text) {
      const size = write(text);
      const bytes = input.slice(0, size);
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      const pieces: string[] = [];
      for (let start = 0; start < size; ) {
        const end = start + exports.pieceAt(start, size);
        pieces.push(decoder.decode(bytes.subarray(start, end)));
        start = end;
      }
      return pieces;
    },
    share() {
      exports.readAll();
      return shared;
    },
  };
  return { exports, counter };
}
