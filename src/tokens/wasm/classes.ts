import { END } from "./kinds";
import { ASCII, BLOCKS, CLASSES } from "./memory";

/** The classes of the character at `at`; 0 for punctuation, symbols, controls and what is unassigned. */
export function classAt(at: usize): u32 {
  const byte = <u32>load<u8>(at);
  return byte < 0x80 ? <u32>load<u8>(ASCII + byte) : byte < 0xf8 ? classOf(codeAt(at, byte)) : END;
}

/** Where the character after that at `at` begins. */
export function after(at: usize): usize {
  const byte = <u32>load<u8>(at);
  return at + (byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4);
}

/** The end of the characters from `at` on that have one of these classes. */
export function runEnd(at: usize, classes: u32): usize {
  while (classAt(at) & classes) at = after(at);
  return at;
}

function classOf(code: u32): u32 {
  const block = <u32>load<u8>(BLOCKS + (code >> 7));
  return <u32>load<u8>(CLASSES + ((block << 7) | (code & 127)));
}

function codeAt(at: usize, lead: u32): u32 {
  const second = <u32>load<u8>(at, 1) & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = <u32>load<u8>(at, 2) & 0x3f;
  if (lead < 0xf0) return ((lead & 0xf) << 12) | (second << 6) | third;
  return ((lead & 7) << 18) | (second << 12) | (third << 6) | (<u32>load<u8>(at, 3) & 0x3f);
}
