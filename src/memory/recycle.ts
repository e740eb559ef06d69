/**
 * Recycle: large arrays that come and go, without a trip to the system for each.
 *
 * Deno takes the memory of arrays from the C library. Under Linux that is glibc, which hands free memory back to the system
 * once there is more of it than twice the largest block that the program has ever freed, and gets it again page by page:
 * for an array of a mebibyte that takes five times as long as to fill it. After one block of nearly 32 MiB, the largest
 * that counts, it keeps up to 64 MiB. That block is never written to, so it takes no memory.
 */

/** Arrays below this many bytes come from memory that is kept anyway. */
const LARGE: number = 1 << 17;
/** The largest block that counts, less what the library needs for itself. */
const LARGEST: number = (1 << 25) - (1 << 16);

let told = !("Deno" in globalThis);

/** To be called before an array of so many bytes is made, which may be one of many. */
export function expectMore(bytes: number): void {
  if (told || bytes < LARGE) return;
  told = true;
  try {
    // Frees it at once: what is left of it has no bytes.
    new ArrayBuffer(LARGEST).transfer(0);
  } catch {
    // There is not so much memory. It would only have saved time.
  }
}
