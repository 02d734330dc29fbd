/** An error and its causes, outermost first: the first ones and the last ones, without those between. */

const KEPT_AT_EACH_END = 4
/** Longer chains are followed no further: nobody but a loop makes them. */
const MAX_LENGTH = 1_000

export interface CauseChain {
  /** The thrown value, then its causes. */
  readonly errors: readonly unknown[]
  /** How many causes are left out, and after which of `errors`; -1: none. */
  readonly omitted: { readonly after: number; readonly count: number }
}

export function chainOf(thrown: unknown): CauseChain {
  const all: unknown[] = []
  const seen = new Set<unknown>()
  for (let error = thrown; all.length < MAX_LENGTH; error = causeOf(error)) {
    if (all.length > 0 && (error === undefined || error === null || seen.has(error))) break
    all.push(error)
    seen.add(error)
  }
  const count = all.length - 2 * KEPT_AT_EACH_END
  if (count <= 0) return { errors: all, omitted: { after: -1, count: 0 } }
  const errors = [...all.slice(0, KEPT_AT_EACH_END), ...all.slice(-KEPT_AT_EACH_END)]
  return { errors, omitted: { after: KEPT_AT_EACH_END - 1, count } }
}

function causeOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined
  try {
    return (error as { cause?: unknown }).cause
  } catch {
    return undefined
  }
}
