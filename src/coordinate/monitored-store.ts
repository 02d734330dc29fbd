/** Wraps a store to observe whether it answers. */
import type { ClaimStore, LeaseStore, MemberStore, StoreChecks } from './ports.js'

type Store = LeaseStore & ClaimStore & MemberStore & StoreChecks

/** Calls `onResult` after every request: with the error when the request failed, with undefined when it succeeded. */
export function monitoredStore(store: Store, onResult: (error: Error | undefined) => void): Store {
  const monitored =
    <Args extends unknown[], Answer>(request: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      try {
        const answer = await request.apply(store, args)
        onResult(undefined)
        return answer
      } catch (error) {
        onResult(error instanceof Error ? error : new Error(String(error)))
        throw error
      }
    }
  return {
    acquire: monitored(store.acquire),
    renew: monitored(store.renew),
    release: monitored(store.release),
    watch: (onReleased) => store.watch(onReleased),
    claim: monitored(store.claim),
    heartbeat: monitored(store.heartbeat),
    leave: monitored(store.leave),
    check: monitored(store.check),
  }
}
