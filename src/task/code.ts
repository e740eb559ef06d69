/**
 * Code: how functions reach the thread that runs them.
 *
 * The home thread writes a function's source, or a module's URL and an export's name, into a block of the heap once, and
 * names that block in each task's record. An executing thread reads the block once, makes a function of it and keeps
 * that. A block begins with a serial number, so that a block that was given up and used again is told apart.
 *
 * Keeps true: a block that a record in flight names is not given up; of the others there are at most as many, or 1024.
 */

import type { Heap } from "../heap/heap.ts";
import { type Memory, PAGE_BYTES, THREAD_BITS } from "../memory/layout.ts";
import { type Aliases, aliasesIn, resolveAlias } from "./aliases.ts";
import { checkShippable, functionName, isClass } from "./closure.ts";
import { type CodeText, readCode, serialOfCode, sizeOfCode, writeCode } from "./code_text.ts";
import { type Callable, compile, KEEP_NAME, keepName } from "./compile.ts";
import { runnable, streamedCode } from "./generator.ts";
import { moduleExport } from "./module.ts";

/** Blocks kept at home before those that no task uses are given up; more are kept while more are in use. */
const MOST_BLOCKS = 1024;
/** The part of the heap that they may take before that. */
const MOST_OF_HEAP = 1 / 16;

/** The home's half: functions to blocks. */
export class CodeWriter {
  readonly #memory: Memory;
  readonly #heap: Heap;
  readonly #thread: number;
  /** Functions and references seen; a second look is one lookup. */
  #known = new WeakMap<object, number>();
  /** Blocks by text. Closures made anew on each call have equal sources, and share one. */
  readonly #byText = new Map<string, number>();
  #serial = 0;
  /** Bytes that the blocks take. */
  #bytes = 0;
  #mostBlocks = MOST_BLOCKS;
  #mostBytes: number;
  /** Numbers for aliases, which are part of what makes a source what it is. */
  readonly #aliasNumbers = new WeakMap<Aliases, number>();
  #lastAliases = 0;

  /**
   * @param glue The URL of the glue module, if there is one.
   * @param inUse Gives the blocks that tasks in flight name.
   */
  constructor(
    memory: Memory,
    heap: Heap,
    thread: number,
    readonly glue: string | undefined,
    readonly inUse: () => Set<number>,
  ) {
    this.#memory = memory;
    this.#heap = heap;
    this.#thread = thread;
    this.#mostBytes = memory.valuePages * PAGE_BYTES * MOST_OF_HEAP;
  }

  /**
   * Gives the block for a function or a task reference.
   *
   * @param aliases Those of the code that a function was written in.
   * @throws {TypeError} It is neither, or a function that cannot be shipped.
   */
  block(code: unknown, aliases: Aliases): number {
    if ((typeof code === "function" || typeof code === "object") && code !== null) {
      const known = this.#known.get(code);
      if (known !== undefined) return known;
      const block = this.#blockFor(code, aliases);
      this.#known.set(code, block);
      return block;
    }
    throw new TypeError(
      `Cannot spawn ${code === null ? "null" : typeof code}: pass a function, or a task from 'tasks()'`,
    );
  }

  /**
   * Gives a block of this thread's for the code in a block of another's.
   *
   * @throws {OutOfMemoryError} The heap has no room.
   */
  copy(block: number): number {
    const code = readCode(this.#memory, block);
    // No source and no name has such a beginning.
    const text = code.isClosure ? `\0\0${[...code.aliases, code.source].join("\0")}` : exportKey(code.url, code.name);
    return this.#byText.get(text) ?? this.#write(text, code);
  }

  #blockFor(given: object, aliases: Aliases): number {
    const streamed = streamedCode(given);
    const code = streamed === undefined ? given : streamed.code;
    if (typeof code === "function") {
      const source = checkShippable(code, streamed !== undefined);
      const text = aliases.size === 0 ? source : `${this.#numberOf(aliases)} ${source}`;
      const known = this.#byText.get(text);
      return known ??
        this.#write(text, { isClosure: true, source, name: functionName(code), aliases: aliasesIn(source, aliases) });
    }
    const task = moduleExport(code);
    if (task === undefined) {
      throw new TypeError("Cannot spawn an object: pass a function, or a task from 'tasks()'");
    }
    const url = task.url ?? this.glue;
    if (url === undefined) {
      throw new TypeError(
        `Cannot spawn '${task.name}' of the glue module as there is none: name it with 'builder().gluePath(…)', ` +
          "or give 'tasks()' a URL.",
      );
    }
    const text = exportKey(url, task.name);
    return this.#byText.get(text) ?? this.#write(text, { isClosure: false, url, name: task.name });
  }

  #numberOf(aliases: Aliases): number {
    let number = this.#aliasNumbers.get(aliases);
    if (number === undefined) this.#aliasNumbers.set(aliases, number = ++this.#lastAliases);
    return number;
  }

  #write(text: string, code: CodeText): number {
    if (this.#byText.size >= this.#mostBlocks || this.#bytes >= this.#mostBytes) this.giveUpUnused();
    const block = this.#reserve(sizeOfCode(code));
    this.#serial = (this.#serial + 1) | 0;
    writeCode(this.#memory, block, (this.#serial << THREAD_BITS) | this.#thread, code);
    this.#byText.set(text, block);
    this.#bytes += this.#heap.capacity(block);
    return block;
  }

  #reserve(size: number): number {
    try {
      return this.#heap.reserve(size);
    } catch (error) {
      if (!this.giveUpUnused()) throw error;
      return this.#heap.reserve(size);
    }
  }

  /** Gives up the blocks that no task uses; says whether there were any. */
  giveUpUnused(): boolean {
    const used = this.inUse();
    const before = this.#byText.size;
    for (const [text, block] of this.#byText) {
      if (used.has(block)) continue;
      this.#byText.delete(text);
      this.#bytes -= this.#heap.capacity(block);
      this.#heap.release(block);
    }
    // Its keys can't be listed; what is still in use is found again by its text.
    this.#known = new WeakMap();
    // Looked for again when there are twice as many, so that what is in use is not gone through for each new one.
    this.#mostBlocks = Math.max(MOST_BLOCKS, 2 * this.#byText.size);
    this.#mostBytes = Math.max(this.#memory.valuePages * PAGE_BYTES * MOST_OF_HEAP, 2 * this.#bytes);
    return this.#byText.size < before;
  }
}

/** What stands for an export where functions are told apart by their sources, none of which begins so. */
function exportKey(url: string, name: string): string {
  return `\0${url}\0${name}`;
}

/** What a thread made of a block. */
export interface Code {
  readonly serial: number;
  /** Whether it was shipped by source, and so cannot see the scope around it. */
  readonly isClosure: boolean;
  /** The function, once there. */
  run: Callable | undefined;
  /** Why it cannot be run. */
  error: unknown;
  /** Settles when `run` or `error` is there. */
  loading: Promise<void> | undefined;
}

/** Gives what closures see as `webble`, by the aliases of the code that they were written in. */
export type ApiFor = (aliases: Aliases) => Readonly<Record<string, unknown>>;

/** The executor's half: blocks to functions. */
export class CodeReader {
  readonly #memory: Memory;
  readonly #codes = new Map<number, Code>();
  readonly #onImport: (url: string, loading: Promise<void>) => void;

  /** @param onImport Told of each module that is imported, with what settles when it is there, or cannot be. */
  constructor(
    memory: Memory,
    readonly api: ApiFor,
    onImport: (url: string, loading: Promise<void>) => void = () => {},
  ) {
    this.#memory = memory;
    this.#onImport = onImport;
  }

  /** What the block holds; its function may still be loading. */
  code(block: number): Code {
    const known = this.#codes.get(block);
    const serial = serialOfCode(this.#memory, block);
    if (known !== undefined && known.serial === serial) return known;
    const text = readCode(this.#memory, block);
    const code: Code = {
      serial,
      isClosure: text.isClosure,
      run: undefined,
      error: undefined,
      loading: undefined,
    };
    if (!text.isClosure) this.#import(code, text.url, text.name);
    else {
      try {
        code.run = runnable(compile(text.source, text.name, this.#namesFor(text.aliases)));
      } catch (error) {
        code.error = error;
      }
    }
    if (this.#codes.size >= 2 * MOST_BLOCKS) this.#codes.clear();
    this.#codes.set(block, code);
    return code;
  }

  /** Forgets all code: the blocks of a thread that is gone may come to hold other code under the same serial. */
  forgetAll(): void {
    this.#codes.clear();
  }

  /** What a closure sees beside its arguments and the globals, by name. */
  #namesFor(list: readonly string[]): Record<string, unknown> {
    const aliases = new Map<string, string>();
    for (let i = 0; i < list.length; i += 2) aliases.set(list[i]!, list[i + 1]!);
    const webble = this.api(aliases);
    const names: Record<string, unknown> = { webble };
    for (const [alias, exported] of aliases) {
      names[alias] = exported === KEEP_NAME ? keepName : resolveAlias(webble, exported);
    }
    return names;
  }

  /** Forgets code that could not be loaded, so that the next task tries again: a server may have been away. */
  forget(block: number): void {
    this.#codes.delete(block);
  }

  #import(code: Code, url: string, name: string): void {
    code.loading = import(url).then((module: Record<string, unknown>) => {
      const exported = module[name];
      if (typeof exported === "function" && isClass(exported)) {
        code.error = new TypeError(
          `Cannot run '${name}' of ${url}: it is a class, and a class is not called but constructed. Export a function that ` +
            "makes what is needed.",
        );
      } else if (typeof exported === "function") code.run = runnable(exported);
      else {
        const functions = Object.keys(module).filter((key) => {
          const exported = module[key];
          return typeof exported === "function" && !isClass(exported);
        });
        code.error = new TypeError(
          `Cannot run '${name}' of ${url}: it exports no such function, only ${functions.join(", ") || "none at all"}`,
        );
      }
    }, (cause) => {
      code.error = new TypeError(`Cannot load the task module ${url}: ${messageOf(cause)}`, { cause });
    }).then(() => {
      code.loading = undefined;
    });
    this.#onImport(url, code.loading);
  }
}

/** What an error says, or whatever was thrown in place of one. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "it threw something that cannot be read either";
  }
}
