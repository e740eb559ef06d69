/**
 * The words that a value becomes, in one table: what the encoder writes and the decoder reads.
 *
 * ```text
 * header    flags | where the shapes begin | number of shapes | number of values in the list
 * values    each a tag word, then what its tag says; contents put off because of their depth come last
 * shapes    each: count of keys and length in words | hash, or 0 | the keys, as texts
 * ----      end of the structure, rounded up to 8 bytes
 * chunks    long contents, in the order in which the values name them, each rounded up to 8 bytes
 * ```
 *
 * A tag word holds the tag in its low 6 bits and an argument in the other 26. Chunks and attachments have no
 * index: both sides take them in order, so none can be asked for twice.
 *
 * "id": objects are numbered in the order in which they are met, so that `REF` can name one met before.
 */

/** Where the header keeps what. */
export const FLAGS = 0;
export const SHAPES_AT = 1;
export const SHAPES = 2;
export const LIST = 3;
export const HEADER_WORDS = 4;

/** Header flag: some `REF` occurs, so the decoder must keep objects by id. */
export const HAS_REFS = 1;
/** Header flag: the root is a list. */
export const IS_LIST = 2;

export const TAG_BITS = 6;
export const TAG_MASK = 63;

// Primitives. n: the argument.
/** An integer of 26 bits, n. */
export const SMALL = 0;
/** A number; 2 words. */
export const DOUBLE = 1;
/** n characters below 128, four to a word. */
export const ASCII = 2;
/** n characters below 256, four to a word. */
export const LATIN1 = 3;
/** n characters, two to a word. */
export const TWO_BYTE = 4;
export const UNDEFINED = 5;
export const NULL = 6;
export const FALSE = 7;
export const TRUE = 8;
/** A bigint of 64 bits; 2 words. */
export const BIGINT = 9;
/** A bigint, negative if n & 1; n >> 1 words, the low ones first. */
export const HUGE_BIGINT = 10;
/** Text as a chunk of UTF-8; a number: its bytes. */
export const FAR_UTF8 = 11;
/** Text that UTF-8 has no form for, as a chunk of UTF-16; a number: its length. */
export const FAR_UTF16 = 12;

// Containers. n & LATER: the contents come after the root. n & MORE: named properties follow.
/** Shape n >> 2; the values of its keys. */
export const OBJECT = 13;
/** n >> 2 elements, or, if that is `LONG`, as many as the next word says. */
export const ARRAY = 14;
export const LONG = 0xffffff;
/** A missing element of an array. */
export const HOLE = 15;
/** An array with most elements missing; a number: its length; then its properties. */
export const SPARSE = 16;
/** n numbers; a word of padding if needed to reach an even index; 2 words each. */
export const NUMBERS = 17;
/** n integers; 1 word each. */
export const INTS = 18;
/** A list of numbers as a chunk of doubles; a number: its length. */
export const FAR_NUMBERS = 19;
/** A list of integers as a chunk of words; a number: its length. */
export const FAR_INTS = 20;
/** n >> 1 pairs of key and value. */
export const MAP = 21;
/** n >> 1 values. */
export const SET = 22;

// Other objects.
/** The object with id n. */
export const REF = 23;
/** 2 words. */
export const DATE = 24;
/** Two texts: source, flags. */
export const REGEXP = 25;
/** A primitive, boxed. */
export const BOXED = 26;
/** n bytes. */
export const BUFFER = 27;
/** A chunk; a number: its bytes. */
export const FAR_BUFFER = 28;
/** A resizable buffer; a number: its limit; then a `BUFFER` or `FAR_BUFFER`. */
export const RESIZABLE = 29;
/** n & 1: follows its buffer's length; n >> 1: its type. Two numbers, offset and length; the buffer. */
export const VIEW = 30;
/** The next attachment. */
export const ATTACHED = 31;
/** n: which parts it has. Name; message; stack; then the contents. */
export const ERROR = 32;
/** Name, message and stack; then its properties. */
export const DOM_EXCEPTION = 33;
/** Kind; data. See `carry.ts`. */
export const CARRIED = 34;
/** Shared memory with number n. See `commons.ts`. */
export const COMMON = 35;

export const LATER = 1;
export const MORE = 2;

/** Parts of an error, bits of its argument. */
export const HAS_MESSAGE = 4;
export const HAS_STACK = 8;
/** The first of the bits for {@linkcode ERROR_PARTS}. */
export const FIRST_PART = 16;
/** What an error may own besides its enumerable fields. */
export const ERROR_PARTS: readonly string[] = ["cause", "errors", "error", "suppressed"];

/** Contents up to this many bytes lie in the structure, longer ones are chunks. */
export const NEAR_BYTES = 1024;
/** Texts up to this many characters lie in the structure. */
export const NEAR_TEXT = 1024;
/** Lists of up to this many numbers lie in the structure. */
export const NEAR_NUMBERS = 512;

/** How deep the encoder follows a value before it puts contents off: the rest is written after the root. */
export const DEPTH = 100;
/** How deep either side goes in any case: what a carried object holds cannot be put off. */
export const MAX_DEPTH = 400;

/** The types of views, by their number in a `VIEW`. */
export const VIEW_TYPES: readonly string[] = [
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];
