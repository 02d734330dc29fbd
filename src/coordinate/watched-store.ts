/** A store that is watched for whether it answers. */
import type { ClaimStore, LeaseStore, MemberStore } from './ports.js'

type Store = LeaseStore & ClaimStore & MemberStore

/** Calls back after every request: with the error when it was not answered, without one when it was. */
export function watchedStore(store: Store, onAnswer: (error: Error | undefined) => void): Store {
  const watched =
    <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      try {
        const answer = await ask.apply(store, args)
        onAnswer(undefined)
        return answer
      } catch (error) {
        onAnswer(error instanceof Error ? error : new Error(String(error)))
        throw error
      }
    }
  return {
    acquire: watched(store.acquire),
    renew: watched(store.renew),
    release: watched(store.release),
    watch: (onReleased) => store.watch(onReleased),
    claim: watched(store.claim),
    beat: watched(store.beat),
    leave: watched(store.leave),
  }
}
