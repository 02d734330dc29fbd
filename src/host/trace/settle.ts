/** Looks at how a call ends, whether it returns a promise or not. */

export type Ending = { readonly value: unknown } | { readonly error: unknown }

/** Calls `call`, and `onEnd` with its ending: at once if it throws or returns no promise, else when the promise has settled. */
export function settle(call: () => unknown, onEnd: (ending: Ending) => void): unknown {
  let result: unknown
  try {
    result = call()
  } catch (error) {
    onEnd({ error })
    throw error
  }
  if (!isThenable(result)) {
    onEnd({ value: result })
    return result
  }
  return Promise.resolve(result).then(
    (value) => {
      onEnd({ value })
      return value
    },
    (error) => {
      onEnd({ error })
      throw error
    },
  )
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
