/**
 * The same answer for everyone who asks in one turn of the event loop.
 *
 * A scrape collects every metric in the turn it begins in, so the engine makes its view once, not once for each metric.
 */
export function oncePerTurn<Answer>(ask: () => Answer): () => Answer {
  let known: { readonly answer: Answer } | undefined
  return () => {
    if (!known) {
      known = { answer: ask() }
      queueMicrotask(() => {
        known = undefined
      })
    }
    return known.answer
  }
}
