/**
 * Stands in for `@std/testing/bdd` where it cannot be fetched: `describe`, `it` and the four hooks, with names and
 * functions only.
 *
 * As there, an outermost `describe` is one `Deno.test`, and all that it holds are steps of it.
 *
 * @module
 */

type Body = () => void | Promise<void>;
type Step = (t: Deno.TestContext) => Promise<boolean>;

interface Suite {
  readonly beforeAll: Body[];
  readonly afterAll: Body[];
  readonly beforeEach: Body[];
  readonly afterEach: Body[];
  readonly steps: Step[];
  readonly parent: Suite | undefined;
}

let open: Suite | undefined;

/** Registers a suite: what `fn` registers belongs to it. */
export function describe(name: string, fn: () => void): void {
  const parent = open;
  const suite: Suite = { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [], steps: [], parent };
  open = suite;
  try {
    fn();
  } finally {
    open = parent;
  }
  if (parent === undefined) Deno.test(name, (t) => run(suite, t));
  else parent.steps.push((t) => t.step(name, (inner) => run(suite, inner)));
}

/** Registers a test. */
export function it(name: string, fn: (t: Deno.TestContext) => void | Promise<void>): void {
  const suite = open;
  if (suite === undefined) return Deno.test(name, fn);
  suite.steps.push((t) =>
    t.step(name, async (inner) => {
      const line = lineage(suite);
      for (const { beforeEach } of line) await callAll(beforeEach);
      try {
        await fn(inner);
      } finally {
        for (const { afterEach } of line.reverse()) await callAll(afterEach);
      }
    })
  );
}

/** Registers what runs before the first test of the suite. */
export function beforeAll(fn: Body): void {
  suiteOf("beforeAll").beforeAll.push(fn);
}

/** Registers what runs after the last test of the suite. */
export function afterAll(fn: Body): void {
  suiteOf("afterAll").afterAll.push(fn);
}

/** Registers what runs before each test of the suite and of the suites in it. */
export function beforeEach(fn: Body): void {
  suiteOf("beforeEach").beforeEach.push(fn);
}

/** Registers what runs after each test of the suite and of the suites in it. */
export function afterEach(fn: Body): void {
  suiteOf("afterEach").afterEach.push(fn);
}

async function run(suite: Suite, t: Deno.TestContext): Promise<void> {
  try {
    await callAll(suite.beforeAll);
    for (const step of suite.steps) await step(t);
  } finally {
    await callAll(suite.afterAll);
  }
}

async function callAll(bodies: Body[]): Promise<void> {
  for (const body of bodies) await body();
}

/** The suite and those around it, outermost first. */
function lineage(suite: Suite): Suite[] {
  return suite.parent === undefined ? [suite] : [...lineage(suite.parent), suite];
}

function suiteOf(hook: string): Suite {
  if (open === undefined) throw new Error(`${hook}() belongs inside a describe()`);
  return open;
}
