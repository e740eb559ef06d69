/**
 * The checks of what must be an object of options, or a signal among them, in one wording.
 */

/**
 * Refuses what is no object, of which nothing would be read.
 *
 * @param doing What was being done: `make a channel`.
 * @param instead What to pass: `options such as { messageBytes: 64 }`.
 * @throws {TypeError} It is none.
 */
export function checkOptions(doing: string, options: unknown, instead: string): void {
  if (typeof options === "object" && options !== null) return;
  throw new TypeError(`Cannot ${doing} with ${String(options)}: pass ${instead}`);
}

/**
 * Refuses what is no signal, before anything is waited for: a wait that nobody can give up would go on unseen.
 *
 * @returns What to give in place of the wait, rejected with a `TypeError`; `undefined` for a signal, and for none.
 */
export function refuseSignal(signal: AbortSignal | null | undefined): Promise<never> | undefined {
  if (signal === undefined || signal === null) return undefined;
  if (isSignal(signal)) return undefined;
  return Promise.reject(
    new TypeError(
      `Cannot wait with this 'signal' as it must be an AbortSignal: received a value of type ${typeof signal}. ` +
        "Pass 'AbortSignal.timeout(ms)', or the signal of an 'AbortController'.",
    ),
  );
}

/**
 * The same for the options of a wait. A signal in place of them, or a number of milliseconds, is refused as well: it would never
 * be looked at.
 */
export function refuseWait(
  options: { readonly signal?: AbortSignal | null } | null | undefined,
): Promise<never> | undefined {
  if (options === undefined || options === null) return undefined;
  if (typeof options === "object" && ("signal" in options || !isSignal(options))) return refuseSignal(options.signal);
  const what = typeof options === "object" ? "an AbortSignal" : `a value of type ${typeof options}`;
  return Promise.reject(
    new TypeError(`Cannot wait with ${what} in place of options: pass '{ signal }', such as AbortSignal.timeout(ms)`),
  );
}

/** By what it can do: it may be another realm's. */
function isSignal(value: object): boolean {
  const { aborted, addEventListener } = value as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function";
}
