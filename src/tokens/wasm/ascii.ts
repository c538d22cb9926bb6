import { classAt } from "./classes";
import { NEWLINE, NUMBER, SPACE } from "./kinds";
import { contractionEnd, plainContractionEnd } from "./splitter";

/**
 * Pieces by 16 bytes at once. Nearly all pieces of Latin text and code end within 16 bytes of ASCII, where a few vector instructions find
 * the end. Each function answers the length of the piece at `at`, whose first 16 bytes are `text`, or 0 where these do not decide: then
 * the splitter of the same name does. Classes are bits here: bit i is for byte i.
 */

const BLANK: u32 = 0x20;
const QUOTE: u32 = 0x27;
const WIDTH: u32 = 16;

export function o200kLength(text: v128, at: usize): u32 {
  const wide = wideBits(text);
  if (wide & 1) return 0;
  const lower = lowerBits(text);
  const upper = upperBits(text);
  const letters = lower | upper;
  const kind = classAt(at);
  const first = (letters & 1) ^ 1; // a word may begin with one character that is no letter
  if ((letters >> first) & 1 && !(kind & (NUMBER | NEWLINE))) {
    const end = runLength(lower, runLength(upper, first));
    if (!decides(wide, end)) return 0;
    return load<u8>(at + end) === QUOTE ? <u32>(contractionEnd(at + end) - at) : end;
  }
  if (kind & NUMBER) return numbersLength(text, wide);
  const newlines = newlineVector(text);
  const tail = <u32>i8x16.bitmask(v128.or(newlines, i8x16.eq(text, i8x16.splat(0x2f))));
  return otherLength(text, at, kind, wide, letters, <u32>i8x16.bitmask(newlines), tail);
}

export function cl100kLength(text: v128, at: usize): u32 {
  const wide = wideBits(text);
  if (wide & 1) return 0;
  const contraction = <u32>(contractionEnd(at) - at);
  if (contraction) return contraction;
  const letters = lowerBits(text) | upperBits(text);
  const kind = classAt(at);
  const first = (letters & 1) ^ 1;
  if ((letters >> first) & 1 && !(kind & (NUMBER | NEWLINE))) {
    const end = runLength(letters, first);
    return decides(wide, end) ? end : 0;
  }
  if (kind & NUMBER) return numbersLength(text, wide);
  const newlines = <u32>i8x16.bitmask(newlineVector(text));
  return otherLength(text, at, kind, wide, letters, newlines, newlines);
}

export function gpt2Length(text: v128, at: usize): u32 {
  const wide = wideBits(text);
  if (wide & 1) return 0;
  const contraction = <u32>(plainContractionEnd(at) - at);
  if (contraction) return contraction;
  const letters = lowerBits(text) | upperBits(text);
  const digits = digitBits(text);
  const spaces = spaceBits(text);
  const first: u32 = load<u8>(at) === BLANK ? 1 : 0;
  if ((wide >> first) & 1) return 0;
  if ((spaces >> first) & 1) {
    const end = runLength(spaces, 0);
    return decides(wide, end) ? max(end - 1, 1) : 0;
  }
  const run = (letters >> first) & 1 ? letters : (digits >> first) & 1 ? digits : ~(letters | digits | spaces | wide) & 0xffff;
  const end = runLength(run, first);
  return decides(wide, end) ? end : 0;
}

/** White space and symbols, as in o200k_base and cl100k_base. `tail`: what is taken along behind symbols. */
function otherLength(text: v128, at: usize, kind: u32, wide: u32, letters: u32, newlines: u32, tail: u32): u32 {
  const digits = digitBits(text);
  const spaces = spaceBits(text);
  let end: u32 = 0;
  if (kind & SPACE) {
    end = runLength(spaces, 0);
    if (!decides(wide, end)) return 0;
    const lines = newlines & ((1 << end) - 1);
    if (lines) return 32 - clz(lines);
    if (end > 1) return end - 1; // the last goes with what follows
    if (load<u8>(at) !== BLANK || (digits >> 1) & 1) return 1;
  }
  end = runLength(~(letters | digits | spaces | wide) & 0xffff, end);
  if (!decides(wide, end)) return 0;
  end = runLength(tail, end);
  return end < WIDTH ? end : 0;
}

function numbersLength(text: v128, wide: u32): u32 {
  const end = runLength(digitBits(text), 0);
  return end >= 3 ? 3 : (wide >> end) & 1 ? 0 : end;
}

/** Whether what ends before byte `end` surely ends there: the byte is here, and no part of a character beyond ASCII. */
function decides(wide: u32, end: u32): bool {
  return end < WIDTH && !((wide >> end) & 1);
}

/** Where the run of ones from bit `start` on ends. */
function runLength(bits: u32, start: u32): u32 {
  return start + ctz(~(bits >> start));
}

function wideBits(text: v128): u32 {
  return <u32>i8x16.bitmask(text);
}

function lowerBits(text: v128): u32 {
  return rangeBits(text, 0x61, 26);
}

function upperBits(text: v128): u32 {
  return rangeBits(text, 0x41, 26);
}

function digitBits(text: v128): u32 {
  return rangeBits(text, 0x30, 10);
}

function rangeBits(text: v128, from: i8, length: i8): u32 {
  return <u32>i8x16.bitmask(inRange(text, from, length));
}

function spaceBits(text: v128): u32 {
  return <u32>i8x16.bitmask(v128.or(i8x16.eq(text, i8x16.splat(0x20)), inRange(text, 0x09, 5)));
}

function newlineVector(text: v128): v128 {
  return v128.or(i8x16.eq(text, i8x16.splat(0x0a)), i8x16.eq(text, i8x16.splat(0x0d)));
}

function inRange(text: v128, from: i8, length: i8): v128 {
  return i8x16.lt_u(i8x16.sub(text, i8x16.splat(from)), i8x16.splat(length));
}
