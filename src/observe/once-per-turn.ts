/**
 * Caches the result of `compute` for the rest of the current turn of the event loop.
 *
 * A scrape collects all metrics in one turn, so the engine builds its view once per scrape instead of once per metric.
 */
export function oncePerTurn<Value>(compute: () => Value): () => Value {
  let cached: { readonly value: Value } | undefined
  return () => {
    if (!cached) {
      cached = { value: compute() }
      queueMicrotask(() => {
        cached = undefined
      })
    }
    return cached.value
  }
}
