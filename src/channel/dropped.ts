/**
 * Dropped: what to do when an object was garbage collected that nobody closed, as dropping does in Rust.
 *
 * The action must not hold the object, or it would never be collected.
 */

const registry = new FinalizationRegistry<() => void>((action) => action());

/** Calls `action` some time after `object` was collected. */
export function onDropped(object: object, action: () => void): void {
  registry.register(object, action, object);
}

/** The object was closed in another way. */
export function forgetDropped(object: object): void {
  registry.unregister(object);
}
