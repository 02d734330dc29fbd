/**
 * Results that do their work only when somebody reads them: a method that returns one has perhaps done nothing, though its run
 * counts as completed. Promises are not among them: they are waited for.
 */

/** `an iterator`, `an async iterator` (streams are), `an observable`; undefined for everything else. */
export function deferredKind(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    const result = value as { next?: unknown; subscribe?: unknown; [Symbol.asyncIterator]?: unknown }
    if (typeof result[Symbol.asyncIterator] === 'function') return 'an async iterator'
    if (typeof result.subscribe === 'function') return 'an observable'
    return typeof result.next === 'function' && Symbol.iterator in result ? 'an iterator' : undefined
  } catch {
    // A proxy or a getter that refuses: the result is not looked at any further.
    return undefined
  }
}
