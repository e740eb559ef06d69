/**
 * A behaviour case: one promise of the runtime, as a story that runs in Deno and in a browser alike.
 *
 * A case knows nothing of its home. What differs between homes (where a fixture is, how a bundle is made) it asks of
 * its context.
 *
 * @module
 */

/** Where cases run. */
export type Home = "deno" | "chromium";

/** What a case may ask of its home. */
export interface Context {
  /** Where the case runs. */
  readonly home: Home;
  /** The URL of a file in `tests/behaviour/fixtures/`, for `import`, `Worker`, `gluePath` and the like. */
  url(fixture: string): string;
  /** Bundles a fixture with all that it imports, as an app does, and gives the URL of the result. */
  bundle(fixture: string, options?: BundleOptions): Promise<string>;
}

/** How to bundle. */
export interface BundleOptions {
  /** Whether to shorten the output, names included. */
  minify?: boolean;
}

/** What a case does: it fails if it throws. */
export type Body = (t: Context) => void | Promise<void>;

/** A body with terms. A case that runs in one home only says why. */
export type Terms =
  & { run: Body; timeoutMs?: number; freshPage?: boolean }
  & ({ only: Home; because: string } | { only?: never; because?: never });

/** A registered case. */
export interface Case {
  /** Group and name; no two cases share it. */
  readonly name: string;
  readonly run: Body;
  /** When it counts as hanging. */
  readonly timeoutMs: number;
  /** Whether it needs a page that no other case has used. */
  readonly freshPage: boolean;
  /** The one home it runs in, if not both. */
  readonly only: Home | undefined;
  readonly because: string | undefined;
}

const TIMEOUT_MS = 15_000;

/**
 * Makes the cases of a group.
 *
 * @param group What they are about: the first half of their names.
 * @param bodies The second half of each name, and what it does.
 * @returns The cases, for `tests/behaviour/cases/mod.ts` to list.
 */
export function cases(group: string, bodies: Record<string, Body | Terms>): Case[] {
  return Object.entries(bodies).map(([name, body]) => {
    const terms = typeof body === "function" ? { run: body } : body;
    return {
      name: `${group}: ${name}`,
      run: terms.run,
      timeoutMs: terms.timeoutMs ?? TIMEOUT_MS,
      freshPage: terms.freshPage ?? false,
      only: terms.only,
      because: terms.because,
    };
  });
}

/** The cases for one home. Throws where two share a name, or one is bound to a home without a reason. */
export function casesFor(home: Home, all: readonly Case[]): Case[] {
  const names = new Set<string>();
  for (const { name, only, because } of all) {
    if (names.has(name)) throw new Error(`Two cases are named "${name}"`);
    if (only !== undefined && !because?.trim()) throw new Error(`"${name}" runs in ${only} only, and does not say why`);
    names.add(name);
  }
  return all.filter(({ only }) => only === undefined || only === home);
}

/** Runs `body`, and rejects when it takes longer than `ms`. */
export async function withTimeout<T>(name: string, ms: number, body: () => T | Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`"${name}" did not end within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}
