/** A connection to a key-value that can be cut. */
import type { KeyValueStore } from '../../../src/coordinate/key-value/key-value.js'

/** Requests fail with `failure` while there is one. `alsoFailing` may fail them too. `delay` passes before and after each of them. */
export function cuttable(
  values: KeyValueStore,
  alsoFailing: () => Error | undefined = () => undefined,
  delay: (() => Promise<void>) | undefined = undefined,
) {
  const connection = { failure: undefined as Error | undefined }
  const carriedOut = async <Answer>(request: () => Promise<Answer>): Promise<Answer> => {
    await delay?.()
    const failure = connection.failure ?? alsoFailing()
    if (failure) throw failure
    const answer = await request()
    await delay?.()
    return answer
  }
  const store: KeyValueStore = {
    get: (...request) => carriedOut(() => values.get(...request)),
    list: (...request) => carriedOut(() => values.list(...request)),
    put: (...request) => carriedOut(() => values.put(...request)),
    delete: (...request) => carriedOut(() => values.delete(...request)),
  }
  return Object.assign(connection, store)
}

/** Until what waits for nothing but promises has been done. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
