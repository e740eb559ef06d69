/**
 * What the page gets in place of a file that does not compile: a module that shows the error and throws it.
 *
 * @module
 */

/**
 * Makes the module.
 *
 * @param name The file that was asked for.
 * @param messages One text per error, with place and code frame.
 * @returns JavaScript: in a page it covers the document with the messages, everywhere it logs and throws them.
 */
export function reportScript(name: string, messages: readonly string[]): string {
  const title = `${name} does not compile`;
  const text = messages.map((message) => message.trimEnd()).join("\n\n");
  return `(${show})(${literal(title)}, ${literal(text)});\nexport {};\n`;
}

/** Runs in the browser, from its source: it can use its arguments and nothing else of this file. */
function show(title: string, text: string): never {
  console.error(`${title}\n\n${text}`);
  if (typeof document !== "undefined") {
    // Through the object model, so that a policy against inline styles and scripts lets it pass.
    const overlay = document.createElement("div");
    overlay.id = "webble-serve-error";
    overlay.setAttribute("role", "alert");
    overlay.style.cssText = "position:fixed;inset:0;z-index:2147483647;overflow:auto;padding:2rem;background:#1b1b1f;" +
      "color:#eee;font:14px/1.5 ui-monospace,monospace";
    const heading = document.createElement("h1");
    heading.style.cssText = "margin:0 0 1rem;font-size:1.25rem;color:#ff8080";
    heading.textContent = title;
    const body = document.createElement("pre");
    body.style.cssText = "margin:0;white-space:pre-wrap;font:inherit";
    body.textContent = text;
    overlay.append(heading, body);
    document.documentElement.append(overlay);
  }
  throw new SyntaxError(`${title}\n\n${text}`);
}

/** A string as it may stand in a script, wherever that script is. */
function literal(text: string): string {
  return JSON.stringify(text).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll(
    "\u2029",
    "\\u2029",
  );
}
