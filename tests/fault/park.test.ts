/**
 * A hundred thousand times to sleep and up again: what waits leaves no memory behind. No more, as each takes two threads
 * a tenth of a millisecond; what a wait could leave behind, a timer, would show as 75 MB. `deno task soak --parks 200000`
 * runs as many as one asks for.
 *
 * @module
 */

import { park } from "./park.ts";

Deno.test("park: 100,000 parks and unparks of a worker take no memory", () => park(100_000).then(() => {}));
