/**
 * A start with glue that awaits at its top level what never comes.
 *
 * @module
 */

import * as webble from "@webble/runtime";

const warned = new Promise<string>((resolve) => console.warn = (text: string) => resolve(text));
const glue = "data:text/javascript,await new Promise(() => {})";
const started = webble.builder().workers(1).gluePath(glue).init().catch((error) => error.name);
console.log(await warned);
await webble.shutdown();
console.log(await started);
