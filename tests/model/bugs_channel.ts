/**
 * Bugs that the model must find in channels.
 */

import type { Bug } from "./bugs.ts";

const SIGNAL = "src/channel/signal.ts";
const RING = "src/channel/ring.ts";
const POSITIONS = "src/channel/positions.ts";
const SLOTS = "src/channel/slots.ts";
const LATEST = "src/channel/latest.ts";
const TAPE = "src/channel/tape.ts";

/** All of them. */
export const BUGS_CHANNEL: readonly Bug[] = [
  {
    name: "signal: wake notifies and does not change the word",
    file: SIGNAL,
    find: "if (compareExchange(words, signal, seen, (seen + 1) | 0) === seen) return notifyAll(words, signal);",
    put: "return notifyAll(words, signal);",
    by: "signal.ts",
  },
  {
    name: "signal: wake clears the bit and does not count",
    file: SIGNAL,
    find: "if (compareExchange(words, signal, seen, (seen + 1) | 0) === seen) return notifyAll(words, signal);",
    put: "if (compareExchange(words, signal, seen, (seen - 1) | 0) === seen) return notifyAll(words, signal);",
    by: "signal.ts",
  },
  {
    name: "signal: who publishes wakes first",
    file: "tests/model/scenarios/signal.ts",
    find: "store(words, news, value);\n      wake(words, signal);",
    put: "wake(words, signal);\n      store(words, news, value);",
    by: "signal.ts",
  },
  {
    name: "signal: who sleeps does not look after it has announced itself",
    file: "tests/model/scenarios/signal.ts",
    find: "if (load(words, news) < wanted) sleep(words, signal, ticket, Infinity);",
    put: "sleep(words, signal, ticket, Infinity);",
    by: "signal.ts",
  },
  {
    name: "signal: who mourns asks whether anybody sleeps",
    file: "tests/model/scenarios/rouse.ts",
    find: "  add(words, signal, 2);\n  notify(words, signal);",
    put: "  if ((add(words, signal, 2) & 1) !== 0) notify(words, signal);",
    by: "signal.ts",
  },
  {
    name: "ring: a message is published before it is written",
    file: "tests/model/scenarios/message_ring.ts",
    find: "writer.ring.region.copyIn(at, words, length);\n  writer.publish(length);",
    put: "writer.publish(length);\n  writer.ring.region.copyIn(at, words, length);",
    by: "message_ring.ts",
  },
  {
    name: "ring: counters wrap at the capacity",
    file: RING,
    find: "return next >= 2 * capacity ? next - 2 * capacity : next;",
    put: "return next >= capacity ? next - capacity : next;",
    by: "message_ring.ts",
  },
  {
    name: "ring: the sender never looks at HEAD again",
    file: RING,
    find: "      this.#head = counterIn(region.words, head);\n",
    put: "",
    by: "message_ring.ts",
  },
  {
    name: "ring: a counter is moved, and whether anybody sleeps was asked before",
    file: SIGNAL,
    find: "if ((exchange(words, signal, counter << COUNTER_SHIFT) & SLEEPERS) !== 0) notifyAll(words, signal);",
    put: "const seen = load(words, signal);\n  exchange(words, signal, counter << COUNTER_SHIFT);\n" +
      "  if ((seen & SLEEPERS) !== 0) notifyAll(words, signal);",
    by: "message_ring.ts",
  },
  {
    name: "ring: the end is told without a change of the word",
    file: SIGNAL,
    find: "if (compareExchange(words, signal, seen, seen ^ 3) === seen) return notifyAll(words, signal);",
    put: "return notifyAll(words, signal);",
    by: "message_ring.ts",
  },
  {
    name: "ring: what lies across the end goes on at the second word",
    file: RING,
    find: "copyIn(this.words, this.start, source.subarray(first), length - first);",
    put: "copyIn(this.words, this.start + 1, source.subarray(first), length - first);",
    by: "message_ring.ts",
  },
  {
    name: "slots: a sender takes a slot and says so after",
    file: SLOTS,
    find: "        this.intend(position);\n",
    put: "",
    by: "slots.ts",
  },
  {
    name: "slots: a live sender's slot is passed over",
    file: POSITIONS,
    find: "if (!this.#party.isGone(idIn(slot, intent >>> GENERATION_SHIFT))) return false;",
    put: "void idIn;",
    by: "slots.ts",
  },
  {
    name: "slots: a dead sender's slot is waited for",
    file: POSITIONS,
    find: "if (!this.#party.isGone(idIn(slot, intent >>> GENERATION_SHIFT))) return false;",
    put: "return idIn(slot, 0) === 0;",
    by: "slots.ts",
  },
  {
    name: "slots: a dead sender's slot is passed over, and not counted",
    file: SLOTS,
    find:
      "        compareExchange(words, tail, position, this.after(position, 1));\n        compareExchange(words, index,",
    put: "        compareExchange(words, index,",
    by: "slots.ts",
  },
  {
    name: "slots: what another still reads is passed over",
    file: SLOTS,
    find: "state === (position << PHASE_BITS | FREE) || this.after(state >> PHASE_BITS, capacity) === position",
    put: "state === (position << PHASE_BITS | FREE)",
    by: "slots.ts",
  },
  {
    name: "slots: two receivers take one message",
    file: SLOTS,
    find: "const won = compareExchange(words, index, state, position << PHASE_BITS | READING) === state;",
    put: "const won = true;\n        store(words, index, position << PHASE_BITS | READING);",
    by: "slots.ts",
  },
  {
    name: "slots: a slot is given back before it was read",
    file: "tests/model/scenarios/slots.ts",
    find: "const item = read(queue.words, word(queue, slots, position));\n  slots.release(position);",
    put: "slots.release(position);\n  const item = read(queue.words, word(queue, slots, position));",
    by: "slots.ts",
  },
  {
    name: "latest: a reader forgives one lap too many",
    file: LATEST,
    find: "< BUFFERS - 1;",
    put: "< BUFFERS;",
    by: "latest.ts",
  },
  {
    name: "latest: a value becomes the newest before it is written",
    file: "tests/model/scenarios/latest.ts",
    find: "      write(words, at, next);\n      write(words, at + 1, next);\n      publish(words, version, next);",
    put: "      publish(words, version, next);\n      write(words, at, next);\n      write(words, at + 1, next);",
    by: "latest.ts",
  },
  {
    name: "tape: a receiver does not look whether it was overtaken",
    file: TAPE,
    find: "return compareExchange(this.at.words, this.state(position), written, written) === written;",
    put: "return written > 0;",
    by: "tape.ts",
  },
  {
    name: "tape: a receiver passes over what was sent while it looked for the sender",
    file: TAPE,
    find: "return load(words, this.state(position)) === state ? ABANDONED : this.look(position);",
    put: "return ABANDONED;",
    by: "tape.ts",
  },
  {
    name: "tape: a sender does not wait for one that still writes there",
    file: TAPE,
    find: "if ((state & 1) === WRITING && !this.isAbandoned(state >> 1)) {",
    put: "if ((state & 1) > WRITTEN) {",
    by: "tape.ts",
  },
];
